use arrow_array::{Array, ArrayRef};
use arrow_cast::CastOptions;
use arrow_schema::DataType;
use datafusion_common::ScalarValue;

use crate::query::{TimeUnit, Value};

/// Converts the values with which a key is compared into an array of the column's type.
///
/// Returns `None` if a value cannot be a key or does not fit the column. The engine then evaluates the filter.
pub(crate) fn key_values(values: &[&Value], data_type: &DataType) -> Option<ArrayRef> {
    let values: Option<Vec<ScalarValue>> = values.iter().map(|value| to_scalar(value)).collect();
    let array = ScalarValue::iter_to_array(values?).ok()?;
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let cast = arrow_cast::cast_with_options(&array, data_type, &strict).ok()?;
    // A cast that loses information would look up a different key.
    let back = arrow_cast::cast_with_options(&cast, array.data_type(), &strict).ok()?;
    (back.as_ref() == array.as_ref()).then_some(cast)
}

fn to_scalar(value: &Value) -> Option<ScalarValue> {
    Some(match value {
        Value::Bool(value) => ScalarValue::Boolean(Some(*value)),
        Value::Int8(value) => ScalarValue::Int64(Some(i64::from(*value))),
        Value::Int16(value) => ScalarValue::Int64(Some(i64::from(*value))),
        Value::Int32(value) => ScalarValue::Int64(Some(i64::from(*value))),
        Value::Int64(value) => ScalarValue::Int64(Some(*value)),
        Value::UInt8(value) => ScalarValue::UInt64(Some(u64::from(*value))),
        Value::UInt16(value) => ScalarValue::UInt64(Some(u64::from(*value))),
        Value::UInt32(value) => ScalarValue::UInt64(Some(u64::from(*value))),
        Value::UInt64(value) => ScalarValue::UInt64(Some(*value)),
        Value::Text(value) => ScalarValue::Utf8(Some(value.clone())),
        Value::Binary(value) => ScalarValue::Binary(Some(value.clone())),
        Value::Date(days) => ScalarValue::Date32(Some(*days)),
        Value::FixedBinary(value) => {
            ScalarValue::FixedSizeBinary(i32::try_from(value.len()).ok()?, Some(value.clone()))
        }
        Value::Time(nanos) => ScalarValue::Time64Nanosecond(Some(*nanos)),
        Value::Timestamp { value, unit, zone } => match unit {
            TimeUnit::Second => ScalarValue::TimestampSecond(Some(*value), zone.clone()),
            TimeUnit::Millisecond => ScalarValue::TimestampMillisecond(Some(*value), zone.clone()),
            TimeUnit::Microsecond => ScalarValue::TimestampMicrosecond(Some(*value), zone.clone()),
            TimeUnit::Nanosecond => ScalarValue::TimestampNanosecond(Some(*value), zone.clone()),
        },
        Value::Duration(nanos) => ScalarValue::DurationNanosecond(Some(*nanos)),
        Value::Decimal { mantissa, precision, scale } => {
            ScalarValue::Decimal128(Some(*mantissa), *precision, *scale)
        }
        Value::Null | Value::Float16(_) | Value::Float32(_) | Value::Float64(_) | Value::Invalid(_) => {
            return None;
        }
    })
}
