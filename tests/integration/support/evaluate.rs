//! Evaluates predicates in plain Rust, as an oracle for the answers of the engine.
//!
//! This code shares nothing with the library's lowering or the engine. Nulls follow SQL: `None` is neither true
//! nor false. Floats follow the engine: `-0.0` equals `0.0`, and a NaN equals itself and is greater than every
//! number.

use std::cmp::Ordering;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, DurationNanosecondType, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use datus_store::query::{CompareOp, ListOp, Predicate, TextOp, TimeUnit, Value};
use datus_store::record::ColumnPath;

/// Returns `true` if the predicate is true for a row; `None` if it is neither true nor false.
///
/// # Panics
/// Panics if the batch lacks a column that the predicate names, if a value does not have its column's type, and for
/// [`Value::Invalid`].
pub fn matches(predicate: &Predicate, batch: &RecordBatch, row: usize) -> Option<bool> {
    match predicate {
        Predicate::Constant(value) => Some(*value),
        Predicate::And(all) => every(all.iter().map(|each| matches(each, batch, row))),
        Predicate::Or(any) => not(every(any.iter().map(|each| not(matches(each, batch, row))))),
        Predicate::Not(inner) => not(matches(inner, batch, row)),
        Predicate::Compare { column, op, value } => {
            let found = cell(batch, *column, row)?;
            let order = compare(&found, value);
            Some(match op {
                CompareOp::Eq => order.is_eq(),
                CompareOp::Ne => order.is_ne(),
                CompareOp::Lt => order.is_lt(),
                CompareOp::Le => order.is_le(),
                CompareOp::Gt => order.is_gt(),
                CompareOp::Ge => order.is_ge(),
                other => panic!("no meaning for {other:?}"),
            })
        }
        Predicate::In { values, .. } if values.is_empty() => Some(false),
        Predicate::In { column, values } => {
            let found = cell(batch, *column, row)?;
            Some(values.iter().any(|value| compare(&found, value).is_eq()))
        }
        Predicate::IsNull { column } => Some(array(batch, *column, row).is_none()),
        Predicate::Text { column, op, text } => {
            let Value::Text(found) = cell(batch, *column, row)? else { panic!("{column} is not text") };
            Some(match op {
                TextOp::Like => like(&found, text),
                TextOp::StartsWith => found.starts_with(text),
                TextOp::EndsWith => found.ends_with(text),
                TextOp::Contains => found.contains(text),
                other => panic!("no meaning for {other:?}"),
            })
        }
        Predicate::List { op: ListOp::Any, values, .. } if values.is_empty() => Some(false),
        Predicate::List { column, op, values } => {
            let (lists, row) = array(batch, *column, row)?;
            let items = lists.as_list::<i32>().value(row);
            let found: Vec<Value> = (0..items.len()).filter_map(|item| value(&items, item)).collect();
            let has = |value: &Value| found.iter().any(|item| compare(item, value).is_eq());
            Some(match op {
                ListOp::Any => values.iter().any(has),
                ListOp::All => values.iter().all(has),
                other => panic!("no meaning for {other:?}"),
            })
        }
        other => panic!("no meaning for {other:?}"),
    }
}

/// Returns `false` if any value is `false`; otherwise, returns `None` if any value is `None`.
fn every(values: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for value in values {
        match value {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

fn not(value: Option<bool>) -> Option<bool> {
    value.map(|value| !value)
}

/// Matches SQL `LIKE`: `%` matches any characters, `_` matches one, `\` takes the next character literally.
pub fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut steps = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        steps.push(match character {
            '%' => Step::Any,
            '_' => Step::One,
            '\\' => Step::Exactly(characters.next().unwrap_or('\\')),
            other => Step::Exactly(other),
        });
    }
    // `true` for each length of a prefix of the text that the steps so far can match.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for step in steps {
        let mut next = vec![false; text.len() + 1];
        for at in (0..=text.len()).filter(|&at| reached[at]) {
            match step {
                Step::Any => next[at..].fill(true),
                Step::One if at < text.len() => next[at + 1] = true,
                Step::Exactly(character) if text.get(at) == Some(&character) => next[at + 1] = true,
                _ => {}
            }
        }
        reached = next;
    }
    reached[text.len()]
}

#[derive(Clone, Copy)]
enum Step {
    Any,
    One,
    Exactly(char),
}

fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Int8(left), Value::Int8(right)) => left.cmp(right),
        (Value::Int16(left), Value::Int16(right)) => left.cmp(right),
        (Value::Int32(left), Value::Int32(right)) => left.cmp(right),
        (Value::Int64(left), Value::Int64(right)) => left.cmp(right),
        (Value::UInt8(left), Value::UInt8(right)) => left.cmp(right),
        (Value::UInt16(left), Value::UInt16(right)) => left.cmp(right),
        (Value::UInt32(left), Value::UInt32(right)) => left.cmp(right),
        (Value::UInt64(left), Value::UInt64(right)) => left.cmp(right),
        (Value::Float16(left), Value::Float16(right)) | (Value::Float32(left), Value::Float32(right)) => {
            floats(f64::from(*left), f64::from(*right))
        }
        (Value::Float64(left), Value::Float64(right)) => floats(*left, *right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Binary(left), Value::Binary(right))
        | (Value::FixedBinary(left), Value::FixedBinary(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right)) | (Value::Duration(left), Value::Duration(right)) => {
            left.cmp(right)
        }
        (
            Value::Timestamp { value: left, unit, zone },
            Value::Timestamp { value: right, unit: right_unit, zone: right_zone },
        ) if unit == right_unit && zone == right_zone => left.cmp(right),
        (
            Value::Decimal { mantissa: left, precision: _, scale },
            Value::Decimal { mantissa: right, precision: _, scale: right_scale },
        ) if scale == right_scale => left.cmp(right),
        (left, right) => panic!("{left:?} and {right:?} are not of one type"),
    }
}

fn floats(left: f64, right: f64) -> Ordering {
    // Adding zero turns `-0.0` into `0.0`, and changes no other number.
    (left + 0.0).total_cmp(&(right + 0.0))
}

/// Returns the value of a column in a row; `None` for null.
pub fn cell(batch: &RecordBatch, column: ColumnPath, row: usize) -> Option<Value> {
    array(batch, column, row).and_then(|(array, row)| value(&array, row))
}

/// Returns the array of a column; `None` if it, or an enclosing struct, is null in the row.
fn array(batch: &RecordBatch, column: ColumnPath, row: usize) -> Option<(ArrayRef, usize)> {
    let mut array =
        batch.column_by_name(column.root()).unwrap_or_else(|| panic!("no column {column}")).clone();
    for name in &column.names()[1..] {
        if array.is_null(row) {
            return None;
        }
        array =
            array.as_struct().column_by_name(name).unwrap_or_else(|| panic!("no column {column}")).clone();
    }
    array.is_valid(row).then_some((array, row))
}

/// Returns the value of an array in a row; `None` for null.
fn value(array: &ArrayRef, row: usize) -> Option<Value> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int8 => Value::Int8(primitive::<Int8Type>(array, row)),
        DataType::Int16 => Value::Int16(primitive::<Int16Type>(array, row)),
        DataType::Int32 => Value::Int32(primitive::<Int32Type>(array, row)),
        DataType::Int64 => Value::Int64(primitive::<Int64Type>(array, row)),
        DataType::UInt8 => Value::UInt8(primitive::<UInt8Type>(array, row)),
        DataType::UInt16 => Value::UInt16(primitive::<UInt16Type>(array, row)),
        DataType::UInt32 => Value::UInt32(primitive::<UInt32Type>(array, row)),
        DataType::UInt64 => Value::UInt64(primitive::<UInt64Type>(array, row)),
        DataType::Float16 => Value::Float16(primitive::<Float16Type>(array, row).to_f32()),
        DataType::Float32 => Value::Float32(primitive::<Float32Type>(array, row)),
        DataType::Float64 => Value::Float64(primitive::<Float64Type>(array, row)),
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(row).to_owned()),
        DataType::Binary => Value::Binary(array.as_binary::<i32>().value(row).to_vec()),
        DataType::FixedSizeBinary(_) => Value::FixedBinary(array.as_fixed_size_binary().value(row).to_vec()),
        DataType::Date32 => Value::Date(primitive::<Date32Type>(array, row)),
        DataType::Time64(arrow_schema::TimeUnit::Nanosecond) => {
            Value::Time(primitive::<Time64NanosecondType>(array, row))
        }
        DataType::Duration(arrow_schema::TimeUnit::Nanosecond) => {
            Value::Duration(primitive::<DurationNanosecondType>(array, row))
        }
        DataType::Timestamp(unit, zone) => {
            let (value, unit) = match unit {
                arrow_schema::TimeUnit::Second => {
                    (primitive::<TimestampSecondType>(array, row), TimeUnit::Second)
                }
                arrow_schema::TimeUnit::Millisecond => {
                    (primitive::<TimestampMillisecondType>(array, row), TimeUnit::Millisecond)
                }
                arrow_schema::TimeUnit::Microsecond => {
                    (primitive::<TimestampMicrosecondType>(array, row), TimeUnit::Microsecond)
                }
                arrow_schema::TimeUnit::Nanosecond => {
                    (primitive::<TimestampNanosecondType>(array, row), TimeUnit::Nanosecond)
                }
            };
            Value::Timestamp { value, unit, zone: zone.clone() }
        }
        DataType::Decimal128(precision, scale) => Value::Decimal {
            mantissa: primitive::<Decimal128Type>(array, row),
            precision: *precision,
            scale: *scale,
        },
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_dictionary::<Int32Type>();
            return value(dictionary.values(), dictionary.keys().value(row) as usize);
        }
        other => panic!("no values of {other}"),
    })
}

fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}
