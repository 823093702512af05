use arrow_array::Array;
use arrow_array::cast::AsArray;
use datus_store::{EmbeddingRecord, record};

use super::{assert_survive, round_trip};

#[derive(Debug, Clone, Default, PartialEq, EmbeddingRecord)]
struct Lists {
    numbers: Vec<i32>,
    holes: Vec<Option<i32>>,
    maybe: Option<Vec<String>>,
    maybe_holes: Option<Vec<Option<String>>>,
    deep: Vec<Vec<Vec<i8>>>,
    deep_holes: Option<Vec<Option<Vec<Option<bool>>>>>,
}

#[test]
fn empty_lists_lists_of_nulls_and_null_lists_stay_distinct() {
    let lists = [
        Lists::default(),
        Lists {
            maybe: Some(vec![]),
            maybe_holes: Some(vec![]),
            deep_holes: Some(vec![]),
            ..Lists::default()
        },
        Lists {
            holes: vec![None, None],
            maybe_holes: Some(vec![None]),
            deep: vec![vec![], vec![vec![]]],
            deep_holes: Some(vec![None, Some(vec![]), Some(vec![None]), Some(vec![Some(true), None])]),
            ..Lists::default()
        },
        Lists {
            numbers: vec![1, 2, 3],
            holes: vec![Some(0), None, Some(i32::MIN)],
            maybe: Some(vec![String::new()]),
            maybe_holes: Some(vec![None, Some("a".to_owned())]),
            deep: vec![vec![vec![1, 2], vec![]], vec![], vec![vec![3]]],
            deep_holes: None,
        },
    ];
    assert_eq!(round_trip(&lists), lists);
}

#[test]
fn lists_of_lists_survive_in_every_position() {
    assert_survive([vec![], vec![1_u64], vec![3, 2, 1]]);
    assert_survive([vec![vec![], vec!["a".to_owned()]], vec![]]);
}

#[test]
fn a_list_of_a_hundred_thousand_items_survives() {
    let long = Lists {
        numbers: (0..100_000).collect(),
        maybe: Some((0..100_000).map(|item| item.to_string()).collect()),
        ..Lists::default()
    };
    let lists = [Lists::default(), long, Lists::default()];
    assert_eq!(round_trip(&lists), lists);
}

#[test]
fn null_lists_take_no_items() {
    let batch = record::encode(&vec![Lists::default(); 3]).unwrap();
    let column = batch.column_by_name("maybe").unwrap().as_list::<i32>();
    assert_eq!((column.null_count(), column.values().len()), (3, 0));
}
