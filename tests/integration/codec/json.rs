use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use datus_store::{ColumnStruct, EmbeddingRecord, record};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::round_trip;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shape {
    Circle { radius: i64 },
    Group { parts: Vec<Shape>, names: Vec<(u32, String)> },
    Nothing,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Drawing {
    #[datus(json)]
    value: Value,
    #[datus(json)]
    maybe: Option<Value>,
    #[datus(json)]
    shape: Shape,
    #[datus(json)]
    shapes: Vec<Option<Shape>>,
    #[datus(json)]
    pair: (i64, Option<String>),
    #[datus(json)]
    maybe_map: Option<BTreeMap<String, Shape>>,
}

fn drawing(value: Value, shape: Shape) -> Drawing {
    Drawing {
        maybe: (!value.is_null()).then(|| value.clone()),
        value,
        shapes: vec![None, Some(shape.clone())],
        maybe_map: Some([("a".to_owned(), shape.clone())].into()),
        shape,
        pair: (i64::MIN, None),
    }
}

#[test]
fn any_serde_type_survives_as_json() {
    let parts = vec![Shape::Circle { radius: -1 }, Shape::Nothing];
    let group = Shape::Group { parts, names: vec![(7, "it's \"quoted\"\n\0東".to_owned())] };
    let drawings = [
        drawing(json!({ "a": [1, null, { "b": "c" }], "": {} }), group),
        drawing(json!("null"), Shape::Nothing),
        drawing(json!(u64::MAX), Shape::Circle { radius: i64::MAX }),
        Drawing { maybe_map: None, shapes: vec![], ..drawing(json!([]), Shape::Nothing) },
        drawing(json!(false), Shape::Nothing),
    ];
    assert_eq!(round_trip(&drawings), drawings);
}

#[test]
fn a_json_null_is_a_null_of_the_column() {
    let drawings = [drawing(Value::Null, Shape::Nothing)];
    assert_eq!(round_trip(&drawings), drawings);
    let batch = record::encode(&drawings).unwrap();
    for column in ["value", "maybe"] {
        assert_eq!(batch.column_by_name(column).unwrap().null_count(), 1, "{column}");
    }
    assert_eq!(batch.column_by_name("shape").unwrap().as_string::<i32>().value(0), r#"{"kind":"nothing"}"#);
}

/// `Some(Value::Null)` and `None` are both stored as null.
#[test]
fn an_optional_json_null_is_decoded_as_none() {
    let given = Drawing { maybe: Some(Value::Null), ..drawing(Value::Null, Shape::Nothing) };
    assert_eq!(round_trip(&[given])[0].maybe, None);
}

#[derive(Debug, PartialEq, EmbeddingRecord)]
struct Reading {
    #[datus(json)]
    values: Vec<f64>,
}

#[test]
fn floats_keep_every_bit_in_json() {
    let mut random = fastrand::Rng::with_seed(1);
    let values = std::iter::repeat_with(|| f64::from_bits(random.u64(..)));
    let values =
        values.filter(|value| value.is_finite()).take(10_000).chain([f64::MAX, f64::MIN_POSITIVE, -0.0]);
    let readings = [Reading { values: values.collect() }];
    let back = round_trip(&readings);
    for (back, value) in back[0].values.iter().zip(&readings[0].values) {
        assert_eq!(back.to_bits(), value.to_bits(), "{value:?}");
    }
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Note {
    #[datus(json)]
    body: Value,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Notes {
    first: Option<Note>,
    all: Vec<Option<Note>>,
}

#[test]
fn json_in_structs_stays_in_its_row_next_to_null_structs() {
    let note = |body: Value| Some(Note { body });
    let notes = [
        Notes { first: None, all: vec![None, note(json!(1)), None, note(Value::Null)] },
        Notes { first: note(json!(2)), all: vec![] },
        Notes { first: None, all: vec![note(json!(3))] },
        Notes { first: note(Value::Null), all: vec![None, note(json!([4]))] },
    ];
    assert_eq!(round_trip(&notes), notes);
}
