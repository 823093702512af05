use arrow_array::ArrowPrimitiveType;
use arrow_array::types::Float16Type;
use datafusion_common::ScalarValue;
use lancedb::expr::{DfExpr as Expr, lit};

use crate::error::{Error, ErrorKind, Result};
use crate::query::{TimeUnit, Value};
use crate::record::ColumnPath;

/// `half::f16`, which this crate may not name without its feature `half`.
type F16 = <Float16Type as ArrowPrimitiveType>::Native;

/// The literal of a value that is compared with `column`.
pub(super) fn literal(column: ColumnPath, value: &Value) -> Result<Expr> {
    scalar(value).map(lit).map_err(|error| error.with_column(column.to_string()))
}

/// As [`literal`], for each value.
pub(super) fn literals(column: ColumnPath, values: &[Value]) -> Result<Vec<Expr>> {
    values.iter().map(|value| literal(column, value)).collect()
}

/// The value in the engine's words, of the same type.
pub(super) fn scalar(value: &Value) -> Result<ScalarValue> {
    Ok(match value {
        Value::Null => return Err(invalid("a null equals nothing: use `is_null`, or leave the null out")),
        Value::Bool(value) => ScalarValue::Boolean(Some(*value)),
        Value::Int8(value) => ScalarValue::Int8(Some(*value)),
        Value::Int16(value) => ScalarValue::Int16(Some(*value)),
        Value::Int32(value) => ScalarValue::Int32(Some(*value)),
        Value::Int64(value) => ScalarValue::Int64(Some(*value)),
        Value::UInt8(value) => ScalarValue::UInt8(Some(*value)),
        Value::UInt16(value) => ScalarValue::UInt16(Some(*value)),
        Value::UInt32(value) => ScalarValue::UInt32(Some(*value)),
        Value::UInt64(value) => ScalarValue::UInt64(Some(*value)),
        Value::Float16(value) => ScalarValue::Float16(Some(F16::from_f32(*value))),
        Value::Float32(value) => ScalarValue::Float32(Some(*value)),
        Value::Float64(value) => ScalarValue::Float64(Some(*value)),
        Value::Text(text) => ScalarValue::Utf8(Some(text.clone())),
        Value::Binary(bytes) => ScalarValue::Binary(Some(bytes.clone())),
        Value::FixedBinary(bytes) => ScalarValue::FixedSizeBinary(size(bytes)?, Some(bytes.clone())),
        Value::Date(days) => ScalarValue::Date32(Some(*days)),
        Value::Time(nanos) => ScalarValue::Time64Nanosecond(Some(*nanos)),
        Value::Timestamp { value, unit, zone } => {
            let (value, zone) = (Some(*value), zone.clone());
            match unit {
                TimeUnit::Second => ScalarValue::TimestampSecond(value, zone),
                TimeUnit::Millisecond => ScalarValue::TimestampMillisecond(value, zone),
                TimeUnit::Microsecond => ScalarValue::TimestampMicrosecond(value, zone),
                TimeUnit::Nanosecond => ScalarValue::TimestampNanosecond(value, zone),
            }
        }
        Value::Duration(nanos) => ScalarValue::DurationNanosecond(Some(*nanos)),
        Value::Decimal { mantissa, precision, scale } => {
            ScalarValue::Decimal128(Some(*mantissa), *precision, *scale)
        }
        Value::Invalid(reason) => return Err(invalid(reason.as_str())),
    })
}

fn size(bytes: &[u8]) -> Result<i32> {
    i32::try_from(bytes.len()).map_err(|_| invalid("the bytes are longer than a column of bytes of one size can hold"))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
