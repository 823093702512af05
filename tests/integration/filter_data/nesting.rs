//! `any`, `all` and `not` combine filters.

use datus_store::query::{IntoFilter, Predicate};
use datus_store::{EmbeddingRecord, Filter};
use serde_json::json;

use super::{Asset, AssetFilter};

fn read(json: &serde_json::Value) -> AssetFilter {
    serde_json::from_value(json.clone()).unwrap()
}

fn int8(value: i8) -> AssetFilter {
    AssetFilter { int8: Some(value.into()), ..AssetFilter::default() }
}

#[test]
fn any_all_and_not_combine_filters_at_every_depth() {
    let t = Asset::columns();
    let json = json!({
        "text": "a",
        "any": [{ "int8": 1 }, { "not": { "flag": true } }, { "all": [{ "int8": { "gt": 2 } }, { "int16": 3 }] }],
        "all": [{ "any": [{ "int32": 4 }, { "int32": { "is_null": true } }] }],
        "not": { "int64": 5, "uint8": 6 },
    });
    let filter = read(&json);
    assert_eq!(serde_json::to_value(&filter).unwrap(), json);
    let expected: Filter<Asset> = t.text.eq("a")
        & (t.int32.eq(4) | t.int32.is_null())
        & (t.int8.eq(1) | !t.flag.eq(true) | (t.int8.gt(2) & t.int16.eq(3)))
        & !(t.int64.eq(5) & t.uint8.eq(6));
    assert_eq!(filter.into_filter(), expected);
}

#[test]
fn filters_are_combined_in_rust_as_in_json() {
    let filter = AssetFilter {
        any: vec![int8(1), int8(2)],
        not: Some(Box::new(AssetFilter { all: vec![int8(3), int8(4)], ..AssetFilter::default() })),
        ..AssetFilter::default()
    };
    let json =
        json!({ "any": [{ "int8": 1 }, { "int8": 2 }], "not": { "all": [{ "int8": 3 }, { "int8": 4 }] } });
    assert_eq!(read(&json), filter);
    assert_eq!(serde_json::to_value(&filter).unwrap(), json);
}

#[test]
fn a_filter_without_conditions_keeps_every_row_wherever_it_is() {
    for json in [
        json!({}),
        json!({ "all": [] }),
        json!({ "any": null, "all": null, "not": null }),
        json!({ "any": [{}, { "int8": 1 }] }),
        json!({ "all": [{}, { "all": [{}] }] }),
    ] {
        assert!(read(&json).into_filter().predicate().is_always_true(), "{json}");
    }
    let none: Filter<Asset> = read(&json!({ "not": {} })).into_filter();
    assert_eq!(none.predicate(), &Predicate::Constant(true).not());
}

#[test]
fn a_filter_shows_only_its_conditions() {
    let filter =
        read(&json!({ "int8": { "ge": 1, "lt": 5 }, "not": { "text": "a" }, "any": [{ "flag": true }] }));
    assert_eq!(
        format!("{filter:?}"),
        r#"AssetFilter{"int8": [ge [Int8(1)], lt [Int8(5)]], "any": [{"flag": [eq [Bool(true)]]}], "not": {"text": [eq [Text("a")]]}}"#
    );
}
