use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use arrow_array::{ArrayRef, FixedSizeListArray, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use datus_store::{EmbeddingRecord, ErrorKind, record};
use std::sync::Arc;

use super::assert_survive;

#[test]
fn arrays_of_floats_survive_in_every_position() {
    assert_survive([[0.0_f32, 1.5, -2.0], [f32::MAX, f32::MIN, f32::INFINITY]]);
    assert_survive([[0.1_f64; 1], [f64::EPSILON]]);
    assert_survive([[half::f16::ONE; 5], [half::f16::NEG_INFINITY; 5]]);
}

#[derive(Debug, PartialEq, EmbeddingRecord)]
struct Point {
    at: [f32; 3],
}

/// Returns a batch with an `at` column.
fn batch(rows: Vec<Option<Vec<Option<f32>>>>, length: i32) -> RecordBatch {
    let list = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(rows, length);
    let item = Arc::new(Field::new("item", DataType::Float32, true));
    let schema = Schema::new(vec![Field::new("at", DataType::FixedSizeList(item, length), true)]);
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(list) as ArrayRef]).unwrap()
}

#[test]
fn an_array_is_stored_as_a_list_of_fixed_size() {
    let batch = record::encode(&[Point { at: [1.0, 2.0, 3.0] }]).unwrap();
    let list = batch.column(0).as_fixed_size_list();
    assert_eq!(
        (list.value_length(), list.values().as_primitive::<Float32Type>().values().to_vec()),
        (3, vec![1.0, 2.0, 3.0])
    );
}

#[test]
fn a_part_of_a_batch_is_read_from_its_own_start() {
    let rows = (0..9).map(|row| Some(vec![Some(row as f32); 3])).collect();
    let points: Vec<Point> = record::decode(&batch(rows, 3).slice(4, 2)).unwrap();
    assert_eq!(points, [Point { at: [4.0; 3] }, Point { at: [5.0; 3] }]);
}

#[test]
fn a_null_inside_an_array_and_another_length_are_errors() {
    let values = |values: [Option<f32>; 3]| Some(values.to_vec());
    let error = record::decode::<Point>(&batch(vec![values([Some(1.0), None, Some(2.0)])], 3)).unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Decode, Some("at")));
    assert!(error.message().contains("a null inside its list"), "{error}");
    let error = record::decode::<Point>(&batch(vec![None], 3)).unwrap_err();
    assert!(error.message().contains("is null"), "{error}");
    let error = record::decode::<Point>(&batch(vec![Some(vec![Some(1.0); 4])], 4)).unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Decode, Some("at")));
}
