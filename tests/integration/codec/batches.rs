use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, RecordBatch};
use chrono::{DateTime, Utc};
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, record};
use rust_decimal::Decimal;

use super::round_trip;

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
enum Parity {
    Even,
    Odd,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Inner {
    text: Option<String>,
    flags: Vec<bool>,
}

/// One column for every Arrow layout.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Row {
    number: i64,
    maybe: Option<u16>,
    flag: Option<bool>,
    text: String,
    parity: Parity,
    bytes: Option<Vec<u8>>,
    fixed: Option<[u8; 3]>,
    at: DateTime<Utc>,
    #[datus(decimal(20, 3))]
    amount: Option<Decimal>,
    #[datus(dictionary)]
    group: Option<String>,
    list: Option<Vec<Option<i32>>>,
    inner: Option<Inner>,
    inners: Vec<Inner>,
    map: Option<BTreeMap<String, Option<Inner>>>,
    #[datus(json)]
    json: Option<(usize, String)>,
}

/// Returns a row that differs from its neighbors in every column. Every third value is null.
fn row(index: usize) -> Row {
    let number = index as i64;
    let some = |shift: usize| !(index + shift).is_multiple_of(3);
    let inner = Inner { text: some(0).then(|| format!("inner {index}")), flags: vec![some(1); index % 4] };
    Row {
        number,
        maybe: some(0).then_some(index as u16),
        flag: some(1).then_some(index.is_multiple_of(2)),
        text: "é".repeat(index % 5),
        parity: if index.is_multiple_of(2) { Parity::Even } else { Parity::Odd },
        bytes: some(2).then(|| vec![index as u8; index % 7]),
        fixed: some(0).then_some([index as u8; 3]),
        at: DateTime::from_timestamp_micros(number * 1_000_003).unwrap(),
        amount: some(1).then(|| Decimal::new(number, 3)),
        group: some(2).then(|| format!("group {}", index % 11)),
        list: some(0).then(|| vec![some(1).then_some(index as i32); index % 3]),
        inner: some(1).then(|| inner.clone()),
        inners: vec![inner.clone(); index % 3],
        map: some(2)
            .then(|| (0..index % 3).map(|key| (key.to_string(), some(key).then(|| inner.clone()))).collect()),
        json: some(0).then(|| (index, "null".to_owned())),
    }
}

fn rows(count: usize) -> Vec<Row> {
    (0..count).map(row).collect()
}

#[test]
fn zero_rows_encode_to_a_batch_with_every_column() {
    let batch = record::encode::<Row>([]).unwrap();
    assert_eq!((batch.num_rows(), batch.num_columns()), (0, 15));
    assert_eq!(record::decode::<Row>(&batch).unwrap(), []);
}

#[test]
fn one_row_survives() {
    assert_eq!(round_trip(&rows(1)), rows(1));
}

#[test]
fn a_hundred_thousand_rows_survive() {
    let rows = rows(100_000);
    assert!(round_trip(&rows) == rows, "the rows differ");
}

#[test]
fn a_slice_of_a_batch_has_the_rows_of_the_slice() {
    let rows = rows(40);
    let batch = record::encode(&rows).unwrap();
    for start in 0..rows.len() {
        for length in [0, 1, 9, 40] {
            let length = length.min(rows.len() - start);
            let back: Vec<Row> = record::decode(&batch.slice(start, length)).unwrap();
            assert_eq!(back, rows[start..start + length]);
        }
    }
    let back: Vec<Row> = record::decode(&batch.slice(3, 30).slice(5, 20)).unwrap();
    assert_eq!(back, rows[8..28]);
}

#[test]
fn columns_are_found_by_name_and_unknown_columns_are_ignored() {
    let rows = rows(10);
    let batch = record::encode(&rows).unwrap();
    let mut columns: Vec<(String, ArrayRef)> = batch
        .schema()
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| (field.name().clone(), column.clone()))
        .rev()
        .collect();
    columns.insert(4, ("_distance".to_owned(), Arc::new(Int32Array::from(vec![0; 10]))));
    assert_eq!(record::decode::<Row>(&RecordBatch::try_from_iter(columns).unwrap()).unwrap(), rows);
}

#[test]
fn records_can_be_encoded_from_any_iterator_of_references() {
    let rows = rows(10);
    let even = record::encode(rows.iter().filter(|row| row.parity == Parity::Even)).unwrap();
    assert_eq!(record::decode::<Row>(&even).unwrap().len(), 5);
}
