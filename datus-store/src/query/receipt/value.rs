//! The values of a filter, as text with their types. Text keeps all digits in every format and programming language.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::errors::damaged;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{TimeUnit, Value, base64};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ValueBody {
    #[serde(rename = "type")]
    kind: String,
    value: String,
    /// The unit of a timestamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// The time zone of a timestamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    /// The precision and the scale of a decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digits: Option<(u8, i8)>,
}

const UNITS: [(TimeUnit, &str); 4] = [
    (TimeUnit::Second, "second"),
    (TimeUnit::Millisecond, "millisecond"),
    (TimeUnit::Microsecond, "microsecond"),
    (TimeUnit::Nanosecond, "nanosecond"),
];

impl ValueBody {
    fn new(kind: &str, value: impl ToString) -> Self {
        Self { kind: kind.to_owned(), value: value.to_string(), unit: None, zone: None, digits: None }
    }

    pub(super) fn of(value: &Value) -> Result<Self> {
        Ok(match value {
            Value::Null => Self::new("null", ""),
            Value::Bool(value) => Self::new("bool", value),
            Value::Int8(value) => Self::new("int8", value),
            Value::Int16(value) => Self::new("int16", value),
            Value::Int32(value) => Self::new("int32", value),
            Value::Int64(value) => Self::new("int64", value),
            Value::UInt8(value) => Self::new("uint8", value),
            Value::UInt16(value) => Self::new("uint16", value),
            Value::UInt32(value) => Self::new("uint32", value),
            Value::UInt64(value) => Self::new("uint64", value),
            Value::Float16(value) => Self::new("float16", value),
            Value::Float32(value) => Self::new("float32", value),
            Value::Float64(value) => Self::new("float64", value),
            Value::Text(value) => Self::new("text", value),
            Value::Binary(value) => Self::new("binary", base64::encode(value)),
            Value::FixedBinary(value) => Self::new("fixed_binary", base64::encode(value)),
            Value::Date(value) => Self::new("date", value),
            Value::Time(value) => Self::new("time", value),
            Value::Timestamp { value, unit, zone } => {
                let unit = UNITS.iter().find(|(known, _)| known == unit).map(|(_, name)| (*name).to_owned());
                let zone = zone.as_ref().map(ToString::to_string);
                Self { unit, zone, ..Self::new("timestamp", value) }
            }
            Value::Duration(value) => Self::new("duration", value),
            Value::Decimal { mantissa, precision, scale } => {
                Self { digits: Some((*precision, *scale)), ..Self::new("decimal", mantissa) }
            }
            Value::Invalid(reason) => return Err(Error::new(ErrorKind::InvalidInput, reason)),
        })
    }

    pub(super) fn read(&self) -> Result<Value> {
        let text = self.value.as_str();
        Ok(match self.kind.as_str() {
            "null" => Value::Null,
            "bool" => Value::Bool(parse(text)?),
            "int8" => Value::Int8(parse(text)?),
            "int16" => Value::Int16(parse(text)?),
            "int32" => Value::Int32(parse(text)?),
            "int64" => Value::Int64(parse(text)?),
            "uint8" => Value::UInt8(parse(text)?),
            "uint16" => Value::UInt16(parse(text)?),
            "uint32" => Value::UInt32(parse(text)?),
            "uint64" => Value::UInt64(parse(text)?),
            "float16" => Value::Float16(parse(text)?),
            "float32" => Value::Float32(parse(text)?),
            "float64" => Value::Float64(parse(text)?),
            "text" => Value::Text(text.to_owned()),
            "binary" => Value::Binary(bytes(text)?),
            "fixed_binary" => Value::FixedBinary(bytes(text)?),
            "date" => Value::Date(parse(text)?),
            "time" => Value::Time(parse(text)?),
            "timestamp" => Value::Timestamp {
                value: parse(text)?,
                unit: self.unit()?,
                zone: self.zone.as_deref().map(Into::into),
            },
            "duration" => Value::Duration(parse(text)?),
            "decimal" => {
                let (precision, scale) = self.digits.ok_or_else(|| damaged("a decimal has no digits"))?;
                Value::Decimal { mantissa: parse(text)?, precision, scale }
            }
            _ => return Err(damaged("a value has an unknown type")),
        })
    }

    fn unit(&self) -> Result<TimeUnit> {
        let named = UNITS.iter().find(|(_, name)| self.unit.as_deref() == Some(*name));
        named.map(|(unit, _)| *unit).ok_or_else(|| damaged("a timestamp has an unknown unit"))
    }
}

/// Parses a value without losing digits.
pub(super) fn parse<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| damaged("a value does not match its type"))
}

/// The largest number that all JSON parsers read exactly. Larger limits have the same effect.
const GREATEST: u64 = 1 << 53;

/// Converts a number of rows, candidates or characters, and caps it at `GREATEST`.
pub(super) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(GREATEST).min(GREATEST)
}

pub(super) fn number(count: u64) -> Result<usize> {
    usize::try_from(count).map_err(|_| damaged("a number is too large for this machine"))
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    base64::decode(text).ok_or_else(|| damaged("bytes are not valid base64"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{UNITS, Value, ValueBody};

    #[test]
    fn every_value_is_read_back() {
        let mut values = vec![
            Value::Null,
            Value::Bool(true),
            Value::Int8(i8::MIN),
            Value::Int16(i16::MAX),
            Value::Int32(-7),
            Value::Int64(i64::MIN),
            Value::UInt8(u8::MAX),
            Value::UInt16(u16::MAX),
            Value::UInt32(u32::MAX),
            Value::UInt64(u64::MAX),
            Value::Float16(0.1),
            Value::Float32(f32::MIN_POSITIVE),
            Value::Float64(0.1 + 0.2),
            Value::Float64(f64::INFINITY),
            Value::Text("'; \u{0} \"é".to_owned()),
            Value::Binary(vec![0, 255, 7, 7]),
            Value::FixedBinary(vec![1; 16]),
            Value::Date(-1),
            Value::Time(i64::MAX),
            Value::Duration(-5),
            Value::Decimal { mantissa: i128::MIN, precision: 38, scale: -2 },
        ];
        values.extend(UNITS.map(|(unit, _)| Value::Timestamp { value: 3, unit, zone: None }));
        values.extend(UNITS.map(|(unit, _)| Value::Timestamp { value: -3, unit, zone: Some("UTC".into()) }));
        for value in values {
            let json = serde_json::to_string(&ValueBody::of(&value).unwrap()).unwrap();
            assert_eq!(serde_json::from_str::<ValueBody>(&json).unwrap().read().unwrap(), value, "{json}");
        }
    }

    #[test]
    fn a_value_that_does_not_fit_its_type_is_refused() {
        for (kind, value) in
            [("int8", "128"), ("bool", "yes"), ("binary", "="), ("complex", "1"), ("decimal", "1")]
        {
            assert!(ValueBody::new(kind, value).read().is_err(), "{kind} {value}");
        }
        assert!(ValueBody::of(&Value::Invalid("no".to_owned())).is_err());
    }
}
