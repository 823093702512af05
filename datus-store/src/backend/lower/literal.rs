//! Lowers values to literals.
//!
//! The engine converts some filters from an expression to SQL text: those of `count_rows`, of `update` and of every request to
//! a server. The conversion loses information. It does not double a quote after a backslash or after another quote, so a value
//! can end its literal and continue as SQL. It drops time zones, writes `inf` as a column name, and has no syntax for
//! durations, times and fixed-size binary values. A value that the conversion would change is therefore written as a cast of a
//! value that it preserves. In an expression the cast has no effect, because the engine folds it into a literal before
//! planning.

use arrow_schema::DataType;
use datafusion_common::ScalarValue;
use lancedb::expr::{DfExpr as Expr, expr_cast as cast, lit};

use crate::error::{Error, ErrorKind, Result};
use crate::query::{TimeUnit, Value};
use crate::record::ColumnPath;

/// Returns the literal for a value that is compared with `column`, with exactly the type of the value.
pub(super) fn literal(column: ColumnPath, value: &Value) -> Result<Expr> {
    typed(value).map_err(|message| {
        let error = Error::new(ErrorKind::InvalidInput, message).with_column(column.to_string());
        match value {
            Value::Null => error.with_help("leave the value out, or use `is_null`"),
            _ => error,
        }
    })
}

/// Returns the literal for a string.
pub(super) fn text(text: &str) -> Expr {
    if text.contains("''") || text.contains(r"\'") {
        cast(bytes(text.as_bytes()), DataType::Utf8)
    } else {
        lit(text)
    }
}

/// Returns the literal, or the reason why the value has no literal.
fn typed(value: &Value) -> Result<Expr, String> {
    Ok(match value {
        Value::Null => return Err("a null cannot be compared with a column".to_owned()),
        Value::Bool(value) => lit(*value),
        Value::Int8(value) => cast(integer((*value).into()), DataType::Int8),
        Value::Int16(value) => cast(integer((*value).into()), DataType::Int16),
        Value::Int32(value) => cast(integer((*value).into()), DataType::Int32),
        Value::Int64(value) => integer(*value),
        Value::UInt8(value) => cast(integer((*value).into()), DataType::UInt8),
        Value::UInt16(value) => cast(integer((*value).into()), DataType::UInt16),
        Value::UInt32(value) => cast(integer((*value).into()), DataType::UInt32),
        Value::UInt64(value) => cast(lit(*value), DataType::UInt64),
        Value::Float16(value) => cast(lit(value.to_string()), DataType::Float16),
        Value::Float32(value) => cast(lit(value.to_string()), DataType::Float32),
        Value::Float64(value) => cast(lit(value.to_string()), DataType::Float64),
        Value::Text(value) => text(value),
        Value::Binary(value) => bytes(value),
        Value::FixedBinary(value) => match i32::try_from(value.len()) {
            Ok(size) => cast(bytes(value), DataType::FixedSizeBinary(size)),
            Err(_) => {
                return Err("the value is larger than two gigabytes, which no column can hold".to_owned());
            }
        },
        Value::Date(days) => cast(integer((*days).into()), DataType::Date32),
        Value::Time(nanos) => cast(integer(*nanos), DataType::Time64(arrow_schema::TimeUnit::Nanosecond)),
        Value::Timestamp { value, unit, zone } => {
            cast(integer(*value), DataType::Timestamp(arrow_unit(*unit), zone.clone()))
        }
        Value::Duration(nanos) => {
            cast(integer(*nanos), DataType::Duration(arrow_schema::TimeUnit::Nanosecond))
        }
        Value::Decimal { mantissa, precision, scale } => {
            lit(ScalarValue::Decimal128(Some(*mantissa), *precision, *scale))
        }
        Value::Invalid(reason) => return Err(reason.clone()),
    })
}

/// Returns the literal for an integer. The smallest integer is written as text, because SQL would parse it as the negative of a
/// number that is too large for an integer, and therefore as a float.
fn integer(value: i64) -> Expr {
    if value == i64::MIN { cast(lit(value.to_string()), DataType::Int64) } else { lit(value) }
}

fn bytes(bytes: &[u8]) -> Expr {
    lit(ScalarValue::Binary(Some(bytes.to_vec())))
}

fn arrow_unit(unit: TimeUnit) -> arrow_schema::TimeUnit {
    match unit {
        TimeUnit::Second => arrow_schema::TimeUnit::Second,
        TimeUnit::Millisecond => arrow_schema::TimeUnit::Millisecond,
        TimeUnit::Microsecond => arrow_schema::TimeUnit::Microsecond,
        TimeUnit::Nanosecond => arrow_schema::TimeUnit::Nanosecond,
    }
}
