use std::collections::hash_map::{DefaultHasher, RandomState};
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;

use datus_store::{ColumnStruct, EmbeddingRecord, record};
use serde_json::json;

use super::{assert_survive, round_trip};

type FixedHasher = BuildHasherDefault<DefaultHasher>;

#[derive(Debug, Clone, Default, PartialEq, EmbeddingRecord)]
struct Maps {
    sorted: BTreeMap<String, i64>,
    hashed: HashMap<String, String>,
    hashed_otherwise: HashMap<String, bool, FixedHasher>,
    holes: HashMap<String, Option<f64>>,
    maybe: Option<BTreeMap<String, Vec<u8>>>,
    nested: BTreeMap<String, BTreeMap<String, HashMap<String, i8>>>,
    lists: HashMap<String, Vec<Option<String>>>,
    listed: Vec<Option<BTreeMap<String, u16>>>,
}

fn map<M: FromIterator<(String, V)>, V>(entries: impl IntoIterator<Item = (&'static str, V)>) -> M {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[test]
fn maps_survive_empty_null_nested_and_with_null_values() {
    let full = Maps {
        sorted: map([("", 0), ("b", i64::MIN), ("a'\"\n\0東", 1)]),
        hashed: map([("x", String::new()), ("", "empty key".to_owned())]),
        hashed_otherwise: map([("yes", true), ("no", false)]),
        holes: map([("none", None), ("some", Some(1.5))]),
        maybe: Some(map([("bytes", vec![0, 255])])),
        nested: map([("a", map([("b", map([("c", 1)])), ("d", HashMap::new())])), ("e", BTreeMap::new())]),
        lists: map([("empty", vec![]), ("nulls", vec![None, None])]),
        listed: vec![None, Some(BTreeMap::new()), Some(map([("k", 1)]))],
    };
    let empty = Maps { maybe: Some(BTreeMap::new()), ..Maps::default() };
    let maps = [Maps::default(), full.clone(), empty, full];
    assert_eq!(round_trip(&maps), maps);
}

#[test]
fn maps_survive_in_every_position() {
    assert_survive([BTreeMap::new(), map([("a", 1_i32), ("b", 2)])]);
    assert_survive([HashMap::<_, _, RandomState>::default(), map([("a", Some(1.5_f32)), ("b", None)])]);
}

#[derive(EmbeddingRecord)]
struct Labels {
    labels: HashMap<String, u32>,
}

/// Two `HashMap`s with the same entries can iterate in different orders.
#[test]
fn equal_maps_are_equal_data() {
    let labels = || Labels { labels: (0..100).map(|key| (format!("key {key}"), key)).collect() };
    assert_eq!(record::encode(&[labels()]).unwrap(), record::encode(&[labels()]).unwrap());
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Setting {
    #[datus(json)]
    value: serde_json::Value,
}

#[derive(Debug, PartialEq, EmbeddingRecord)]
struct Settings {
    settings: HashMap<String, Setting>,
}

#[test]
fn json_in_the_values_of_a_hash_map_stays_with_its_key() {
    let setting = |key: i32| (format!("key {key}"), Setting { value: json!({ "of": key }) });
    let settings = [Settings { settings: (0..100).map(setting).collect() }];
    assert_eq!(round_trip(&settings), settings);
}
