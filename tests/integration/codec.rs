//! Conversion of records to Arrow and back: `record::encode` and `record::decode`.

mod arrays;
mod batches;
mod binary;
mod decimals;
mod decode_errors;
mod dictionary;
mod encode_errors;
mod enums;
mod json;
mod lists;
mod maps;
mod newtypes;
mod numbers;
mod properties;
mod structs;
mod text;
mod time;
mod with;

use std::collections::BTreeMap;
use std::fmt::Debug;

use datus_store::{EmbeddingRecord, record};

/// A record with one type in every position that a type can have.
#[derive(Debug, PartialEq, EmbeddingRecord)]
pub(crate) struct Places<T> {
    alone: T,
    nullable: Option<T>,
    listed: Vec<T>,
    listed_with_nulls: Vec<Option<T>>,
    nullable_list: Option<Vec<T>>,
    mapped: BTreeMap<String, T>,
    mapped_with_nulls: BTreeMap<String, Option<T>>,
}

/// Asserts that values survive the round trip in every position. `values` must not be empty.
#[track_caller]
fn assert_survive<T>(values: impl IntoIterator<Item = T>)
where
    T: Clone + Debug + PartialEq,
    Places<T>: EmbeddingRecord,
{
    let values: Vec<T> = values.into_iter().collect();
    let with_nulls: Vec<Option<T>> = values.iter().cloned().flat_map(|value| [Some(value), None]).collect();
    let keys = || (0..).map(|key| format!("key {key}"));
    let row = |position: usize, value: &T| Places {
        alone: value.clone(),
        nullable: with_nulls[position].clone(),
        listed: values[position..].to_vec(),
        listed_with_nulls: with_nulls[position..].to_vec(),
        nullable_list: position.is_multiple_of(2).then(|| values[..position].to_vec()),
        mapped: keys().zip(values[position..].iter().cloned()).collect(),
        mapped_with_nulls: keys().zip(with_nulls[..position].iter().cloned()).collect(),
    };
    let rows: Vec<_> = values.iter().enumerate().map(|(position, value)| row(position, value)).collect();
    assert_eq!(round_trip(&rows), rows);
}

/// Encodes records and decodes them again.
#[track_caller]
fn round_trip<R: EmbeddingRecord>(records: &[R]) -> Vec<R> {
    let batch = record::encode(records).unwrap();
    assert_eq!(batch.num_rows(), records.len());
    record::decode(&batch).unwrap()
}

/// Asserts that the values of a type survive the round trip in every position, with the storage that an attribute
/// selects.
macro_rules! assert_survive_as {
    (#[$attribute:meta] $type:ty, $values:expr) => {{
        #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
        struct Stored {
            #[$attribute]
            alone: $type,
            #[$attribute]
            nullable: Option<$type>,
            #[$attribute]
            listed: Vec<$type>,
            #[$attribute]
            listed_with_nulls: Option<Vec<Option<$type>>>,
            #[$attribute]
            mapped: std::collections::BTreeMap<String, Option<$type>>,
        }

        let mut rows = Vec::new();
        for value in $values {
            let with_nulls = vec![Some(value.clone()), None];
            let full = Stored {
                alone: value.clone(),
                nullable: Some(value.clone()),
                listed: vec![value.clone(), value],
                mapped: ["a".to_owned(), "b".to_owned()].into_iter().zip(with_nulls.clone()).collect(),
                listed_with_nulls: Some(with_nulls),
            };
            rows.push(full.clone());
            rows.push(Stored {
                nullable: None,
                listed: Vec::new(),
                listed_with_nulls: None,
                mapped: Default::default(),
                ..full
            });
        }
        assert_eq!(crate::codec::round_trip(&rows), rows);
    }};
}

use assert_survive_as;
