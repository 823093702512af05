//! The values of Arrow arrays as plain data.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Date32Type, Decimal128Type, DurationNanosecondType, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit as ArrowUnit};

use crate::query::filter_data::{Data, write_scalar};
use crate::record::{ColumnKind, ScalarKind, TimeUnit, Value};

/// Returns the value in a row.
///
/// # Errors
/// Fails with a message if plain data cannot represent the value, or if no column can have the type of the array.
pub(super) fn data(array: &ArrayRef, row: usize, kind: ColumnKind) -> Result<Data, String> {
    if array.is_null(row) {
        return Ok(Data::Null);
    }
    if kind == ColumnKind::Json {
        return json(text(array, row)?);
    }
    let value = match array.data_type() {
        DataType::List(_) => {
            let item = match kind {
                ColumnKind::List(item) => ColumnKind::Scalar(item),
                _ => ColumnKind::Opaque,
            };
            return list(&array.as_list::<i32>().value(row), item);
        }
        DataType::FixedSizeList(..) => {
            return list(&array.as_fixed_size_list().value(row), ColumnKind::Opaque);
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().zip(fields);
            let entries = columns.map(|(values, field)| {
                let kind = match kind {
                    ColumnKind::Struct(columns) => columns
                        .iter()
                        .find(|column| column.name == field.name())
                        .map(|column| column.field.kind),
                    _ => None,
                };
                Ok((field.name().clone(), data(values, row, kind.unwrap_or(ColumnKind::Opaque))?))
            });
            return entries.collect::<Result<_, _>>().map(Data::Map);
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let [keys, values] = entries.columns() else {
                return Err("the entries of the map are not keys and values".to_owned());
            };
            let entries = (0..entries.len())
                .map(|entry| Ok((text(keys, entry)?.to_owned(), data(values, entry, ColumnKind::Opaque)?)));
            return entries.collect::<Result<_, _>>().map(Data::Map);
        }
        _ => scalar(array, row)?,
    };
    // JSON has no numbers that are not finite.
    if let Value::Float16(float) | Value::Float32(float) = &value
        && !float.is_finite()
    {
        return Ok(Data::Null);
    }
    if let Value::Float64(float) = &value
        && !float.is_finite()
    {
        return Ok(Data::Null);
    }
    let kind = match kind {
        ColumnKind::Scalar(kind) => kind,
        _ => ScalarKind::Text,
    };
    write_scalar(kind, &value)
}

fn list(items: &ArrayRef, kind: ColumnKind) -> Result<Data, String> {
    (0..items.len()).map(|item| data(items, item, kind)).collect::<Result<_, _>>().map(Data::List)
}

/// Returns a value that is not nested.
fn scalar(array: &ArrayRef, row: usize) -> Result<Value, String> {
    macro_rules! number {
        ($type:ty) => {
            array.as_primitive::<$type>().value(row)
        };
    }
    let timestamp = |value, unit, zone: &Option<std::sync::Arc<str>>| Value::Timestamp {
        value,
        unit,
        zone: zone.clone(),
    };
    Ok(match array.data_type() {
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int8 => Value::Int8(number!(Int8Type)),
        DataType::Int16 => Value::Int16(number!(Int16Type)),
        DataType::Int32 => Value::Int32(number!(Int32Type)),
        DataType::Int64 => Value::Int64(number!(Int64Type)),
        DataType::UInt8 => Value::UInt8(number!(UInt8Type)),
        DataType::UInt16 => Value::UInt16(number!(UInt16Type)),
        DataType::UInt32 => Value::UInt32(number!(UInt32Type)),
        DataType::UInt64 => Value::UInt64(number!(UInt64Type)),
        DataType::Float16 => Value::Float16(number!(Float16Type).to_f32()),
        DataType::Float32 => Value::Float32(number!(Float32Type)),
        DataType::Float64 => Value::Float64(number!(Float64Type)),
        DataType::Binary => Value::Binary(array.as_binary::<i32>().value(row).to_vec()),
        DataType::LargeBinary => Value::Binary(array.as_binary::<i64>().value(row).to_vec()),
        DataType::FixedSizeBinary(_) => Value::FixedBinary(array.as_fixed_size_binary().value(row).to_vec()),
        DataType::Date32 => Value::Date(number!(Date32Type)),
        DataType::Time64(ArrowUnit::Nanosecond) => Value::Time(number!(Time64NanosecondType)),
        DataType::Duration(ArrowUnit::Nanosecond) => Value::Duration(number!(DurationNanosecondType)),
        DataType::Timestamp(ArrowUnit::Second, zone) => {
            timestamp(number!(TimestampSecondType), TimeUnit::Second, zone)
        }
        DataType::Timestamp(ArrowUnit::Millisecond, zone) => {
            timestamp(number!(TimestampMillisecondType), TimeUnit::Millisecond, zone)
        }
        DataType::Timestamp(ArrowUnit::Microsecond, zone) => {
            timestamp(number!(TimestampMicrosecondType), TimeUnit::Microsecond, zone)
        }
        DataType::Timestamp(ArrowUnit::Nanosecond, zone) => {
            timestamp(number!(TimestampNanosecondType), TimeUnit::Nanosecond, zone)
        }
        DataType::Decimal128(precision, scale) => {
            Value::Decimal { mantissa: number!(Decimal128Type), precision: *precision, scale: *scale }
        }
        _ => Value::Text(text(array, row)?.to_owned()),
    })
}

/// Returns the text in a row of an array, which may be dictionary-encoded.
fn text(array: &ArrayRef, row: usize) -> Result<&str, String> {
    match array.data_type() {
        DataType::Utf8 => Ok(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Ok(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Ok(array.as_string_view().value(row)),
        DataType::Dictionary(key, _) if **key == DataType::Int32 => dictionary::<Int32Type>(array, row),
        other => Err(format!("the type {other} cannot be represented as data")),
    }
}

fn dictionary<K: ArrowDictionaryKeyType>(array: &ArrayRef, row: usize) -> Result<&str, String> {
    let dictionary = array.as_dictionary::<K>();
    match dictionary.key(row) {
        Some(key) => text(dictionary.values(), key),
        None => Err("the dictionary does not contain the value".to_owned()),
    }
}

#[cfg(feature = "serde_json")]
fn json(text: &str) -> Result<Data, String> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(plain(value))
}

#[cfg(feature = "serde_json")]
fn plain(value: serde_json::Value) -> Data {
    match value {
        serde_json::Value::Null => Data::Null,
        serde_json::Value::Bool(value) => Data::Bool(value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(value), _, _) => Data::Int(value.into()),
            (_, Some(value), _) => Data::Int(value.into()),
            (_, _, value) => Data::Float(value.unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Data::Text(text),
        serde_json::Value::Array(items) => Data::List(items.into_iter().map(plain).collect()),
        serde_json::Value::Object(entries) => {
            Data::Map(entries.into_iter().map(|(key, value)| (key, plain(value))).collect())
        }
    }
}

/// Without the `serde_json` feature, no column holds JSON.
#[cfg(not(feature = "serde_json"))]
fn json(text: &str) -> Result<Data, String> {
    Ok(Data::Text(text.to_owned()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
