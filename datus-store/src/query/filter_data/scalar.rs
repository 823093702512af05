//! The values of each kind of column as plain data.

#[cfg(feature = "chrono")]
mod chrono;

use super::Data;
use super::data::number;
use crate::record::{ScalarKind, Value};

/// Describes the values that a column of this kind accepts. In a message, the description follows "needs".
pub(super) fn expected(kind: ScalarKind) -> String {
    let text = match kind {
        ScalarKind::Bool => "true or false",
        ScalarKind::Int8 => "an integer from -128 to 127",
        ScalarKind::Int16 => "an integer from -32768 to 32767",
        ScalarKind::Int32 => "an integer from -2147483648 to 2147483647",
        ScalarKind::Int64 => "an integer of at most 64 bits",
        ScalarKind::UInt8 => "an integer from 0 to 255",
        ScalarKind::UInt16 => "an integer from 0 to 65535",
        ScalarKind::UInt32 => "an integer from 0 to 4294967295",
        ScalarKind::UInt64 => "an integer of at most 64 bits that is not negative",
        #[cfg(feature = "half")]
        ScalarKind::Float16 => "a number from -65504 to 65504",
        ScalarKind::Float32 => "a number from -3.4e38 to 3.4e38",
        ScalarKind::Float64 => "a number",
        ScalarKind::Text => "text",
        ScalarKind::Enum(names) => return one_of(names),
        ScalarKind::Bytes => "a list of bytes, each an integer from 0 to 255",
        ScalarKind::FixedBytes(length) => {
            return format!("a list of {length} bytes, each an integer from 0 to 255");
        }
        #[cfg(feature = "uuid")]
        ScalarKind::Uuid => "a UUID such as \"0192e4a0-7f3b-7c1d-9a52-3f6c8d1e2b40\"",
        #[cfg(feature = "chrono")]
        ScalarKind::Date => "a date such as \"2024-01-31\"",
        #[cfg(feature = "chrono")]
        ScalarKind::Time => "a time of day such as \"12:30:00\"",
        #[cfg(feature = "chrono")]
        ScalarKind::Timestamp { zone: Some(_), .. } => "a time with a zone such as \"2024-01-31T12:30:00Z\"",
        #[cfg(feature = "chrono")]
        ScalarKind::Timestamp { zone: None, .. } => "a time without a zone such as \"2024-01-31T12:30:00\"",
        ScalarKind::Duration => "a number of seconds, at most 9200000000",
        ScalarKind::Decimal { precision, scale } => {
            return format!("a number of at most {precision} digits, {scale} of them after the point");
        }
    };
    text.to_owned()
}

/// Lists the names of an enum: `"table", "view" or "index"`.
fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        names => names.concat(),
    }
}

/// Reads a value, or returns `None` for data that the column cannot hold. Numbers and booleans may be given as text, as in
/// query strings.
pub(super) fn read(kind: ScalarKind, data: &Data) -> Option<Value> {
    let text = match data {
        Data::Text(text) => Some(text.as_str()),
        _ => None,
    };
    Some(match kind {
        ScalarKind::Bool => match data {
            Data::Bool(value) => Value::Bool(*value),
            _ => Value::Bool(text?.parse().ok()?),
        },
        ScalarKind::Int8 => Value::Int8(integer(data)?.try_into().ok()?),
        ScalarKind::Int16 => Value::Int16(integer(data)?.try_into().ok()?),
        ScalarKind::Int32 => Value::Int32(integer(data)?.try_into().ok()?),
        ScalarKind::Int64 => Value::Int64(integer(data)?.try_into().ok()?),
        ScalarKind::UInt8 => Value::UInt8(integer(data)?.try_into().ok()?),
        ScalarKind::UInt16 => Value::UInt16(integer(data)?.try_into().ok()?),
        ScalarKind::UInt32 => Value::UInt32(integer(data)?.try_into().ok()?),
        ScalarKind::UInt64 => Value::UInt64(integer(data)?.try_into().ok()?),
        #[cfg(feature = "half")]
        ScalarKind::Float16 => Value::Float16(finite(half::f16::from_f64(float(data)?).to_f32())?),
        ScalarKind::Float32 => Value::Float32(finite(float(data)? as f32)?),
        ScalarKind::Float64 => Value::Float64(float(data)?),
        ScalarKind::Text => Value::Text(text?.to_owned()),
        ScalarKind::Enum(names) => Value::Text((*names.iter().find(|name| Some(**name) == text)?).to_owned()),
        ScalarKind::Bytes => Value::Binary(bytes(data)?),
        ScalarKind::FixedBytes(length) => {
            Value::FixedBinary(bytes(data).filter(|bytes| bytes.len() == length)?)
        }
        #[cfg(feature = "uuid")]
        ScalarKind::Uuid => Value::FixedBinary(uuid::Uuid::parse_str(text?).ok()?.as_bytes().to_vec()),
        #[cfg(feature = "chrono")]
        ScalarKind::Date => chrono::date(text?)?,
        #[cfg(feature = "chrono")]
        ScalarKind::Time => chrono::time(text?)?,
        #[cfg(feature = "chrono")]
        ScalarKind::Timestamp { unit, zone } => chrono::timestamp(text?, unit, zone)?,
        ScalarKind::Duration => Value::Duration(duration(data)?),
        ScalarKind::Decimal { precision, scale } => {
            Value::Decimal { mantissa: decimal(data, precision, scale)?, precision, scale }
        }
    })
}

/// Returns the value as an integer. A float without a fractional part counts as an integer, because JSON does not
/// distinguish the two.
fn integer(data: &Data) -> Option<i128> {
    match data {
        Data::Int(value) => Some(*value),
        Data::Float(value) if value.fract() == 0.0 && value.abs() <= EXACT => Some(*value as i128),
        Data::Text(text) => integer(&number(text)?),
        _ => None,
    }
}

/// 2^53, the limit up to which an `f64` represents every integer exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn float(data: &Data) -> Option<f64> {
    match data {
        Data::Int(value) => Some(*value as f64),
        Data::Float(value) => Some(*value).filter(|value| value.is_finite()),
        Data::Text(text) => float(&number(text)?),
        _ => None,
    }
}

fn finite(value: f32) -> Option<f32> {
    Some(value).filter(|value| value.is_finite())
}

fn bytes(data: &Data) -> Option<Vec<u8>> {
    let Data::List(items) = data else { return None };
    items.iter().map(|item| u8::try_from(integer(item)?).ok()).collect()
}

/// Converts a number of seconds to nanoseconds.
fn duration(data: &Data) -> Option<i64> {
    let seconds = match data {
        // Nanoseconds beyond the precision of the float are rounded.
        Data::Float(seconds) => {
            return Some((seconds * 1e9).round())
                .filter(|nanos| (0.0..=9.2e18).contains(nanos))
                .map(|nanos| nanos as i64);
        }
        other => decimal(other, 19, 9)?,
    };
    i64::try_from(seconds).ok().filter(|nanos| *nanos >= 0)
}

/// Returns the unscaled value of a decimal, at the scale of its column.
fn decimal(data: &Data, precision: u8, scale: i8) -> Option<i128> {
    let text = match data {
        Data::Int(value) => value.to_string(),
        Data::Float(value) => value.to_string(),
        Data::Text(text) => text.clone(),
        _ => return None,
    };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let scale = usize::from(scale.unsigned_abs());
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > scale {
        return None;
    }
    let mantissa: i128 = format!("{whole}{fraction:0<scale$}").parse().ok()?;
    let limit = 10_i128.checked_pow(precision.into())?;
    (mantissa < limit).then_some(if negative { -mantissa } else { mantissa })
}

/// Writes a value. Fails with a message if plain data cannot represent the value.
#[cfg_attr(
    not(feature = "uuid"),
    allow(unused_variables, reason = "only the bytes of a UUID depend on the kind")
)]
pub(crate) fn write(kind: ScalarKind, value: &Value) -> Result<Data, String> {
    Ok(match value {
        Value::Null => Data::Null,
        Value::Bool(value) => Data::Bool(*value),
        Value::Int8(value) => Data::Int((*value).into()),
        Value::Int16(value) => Data::Int((*value).into()),
        Value::Int32(value) => Data::Int((*value).into()),
        Value::Int64(value) => Data::Int((*value).into()),
        Value::UInt8(value) => Data::Int((*value).into()),
        Value::UInt16(value) => Data::Int((*value).into()),
        Value::UInt32(value) => Data::Int((*value).into()),
        Value::UInt64(value) => Data::Int((*value).into()),
        Value::Float16(value) | Value::Float32(value) => Data::Float(written(shortest(*value))?),
        Value::Float64(value) => Data::Float(written(*value)?),
        Value::Text(text) => Data::Text(text.clone()),
        #[cfg(feature = "uuid")]
        Value::FixedBinary(bytes) if kind == ScalarKind::Uuid => {
            Data::Text(uuid::Uuid::from_slice(bytes).map_err(|error| error.to_string())?.to_string())
        }
        Value::Binary(bytes) | Value::FixedBinary(bytes) => {
            Data::List(bytes.iter().map(|byte| Data::Int((*byte).into())).collect())
        }
        #[cfg(feature = "chrono")]
        Value::Date(days) => Data::Text(chrono::date_text(*days)?),
        #[cfg(feature = "chrono")]
        Value::Time(nanos) => Data::Text(chrono::time_text(*nanos)?),
        #[cfg(feature = "chrono")]
        Value::Timestamp { value, unit, zone } => {
            Data::Text(chrono::timestamp_text(*value, *unit, zone.is_some())?)
        }
        #[cfg(not(feature = "chrono"))]
        Value::Date(value) => Data::Int((*value).into()),
        #[cfg(not(feature = "chrono"))]
        Value::Time(value) | Value::Timestamp { value, .. } => Data::Int((*value).into()),
        Value::Duration(nanos) => seconds(*nanos),
        Value::Decimal { mantissa, scale, .. } => Data::Text(decimal_text(*mantissa, *scale)),
        Value::Invalid(reason) => return Err(reason.clone()),
    })
}

/// Returns the float if it is finite. Serializers write other floats to JSON as null, which would drop the column from the
/// filter.
fn written(value: f64) -> Result<f64, String> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(format!("a serialized filter cannot contain the number {value}"))
    }
}

/// Returns the double with the fewest digits that rounds to the given 32-bit float.
fn shortest(value: f32) -> f64 {
    let is_same = |short: &f64| *short as f32 == value && short.abs() <= f64::from(f32::MAX);
    let short = value.to_string().parse::<f64>().ok().filter(is_same);
    short.unwrap_or(f64::from(value))
}

/// Writes nanoseconds as a number of seconds, or as text if a number cannot hold them exactly.
fn seconds(nanos: i64) -> Data {
    let (whole, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if fraction == 0 {
        return Data::Int(whole.into());
    }
    let float = Data::Float(nanos as f64 / 1e9);
    if duration(&float) == Some(nanos) { float } else { Data::Text(decimal_text(nanos.into(), 9)) }
}

fn decimal_text(mantissa: i128, scale: i8) -> String {
    let scale = usize::from(scale.unsigned_abs());
    let sign = if mantissa < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", mantissa.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::{Data, ScalarKind, Value, expected, read, write};

    fn text(text: &str) -> Data {
        Data::Text(text.to_owned())
    }

    #[test]
    fn a_decimal_is_read_at_the_scale_of_its_column_or_not_at_all() {
        let kind = ScalarKind::Decimal { precision: 5, scale: 2 };
        for (data, mantissa) in [
            (text("1"), 100),
            (text("-1.5"), -150),
            (text("999.99"), 99_999),
            (text("0.10000"), 10),
            (text("-0"), 0),
            (Data::Int(-7), -700),
            (Data::Float(0.07), 7),
        ] {
            let value = read(kind, &data);
            assert_eq!(value, Some(Value::Decimal { mantissa, precision: 5, scale: 2 }), "{data:?}");
        }
        for data in [
            text("1000"),
            text("0.001"),
            text(""),
            text("."),
            text(".5"),
            text("1e2"),
            text("+1"),
            text("--1"),
            text("1.2.3"),
            text(&"9".repeat(100)),
            Data::Float(1e300),
            Data::Float(f64::NAN),
            Data::Bool(true),
        ] {
            assert_eq!(read(kind, &data), None, "{data:?}");
        }
        for (mantissa, shown) in [
            (0, "0.00"),
            (-5, "-0.05"),
            (12_345, "123.45"),
            (i128::MIN, "-1701411834604692317316873037158841057.28"),
        ] {
            let value = Value::Decimal { mantissa, precision: 38, scale: 2 };
            assert_eq!(write(kind, &value), Ok(text(shown)));
        }
        let whole = Value::Decimal { mantissa: 7, precision: 5, scale: 0 };
        assert_eq!(write(kind, &whole), Ok(text("7")));
    }

    #[test]
    fn the_names_of_an_enum_are_listed() {
        assert_eq!(expected(ScalarKind::Enum(&["a"])), "\"a\"");
        assert_eq!(expected(ScalarKind::Enum(&["a", "b"])), "\"a\" or \"b\"");
        assert_eq!(expected(ScalarKind::Enum(&["a", "b", "c"])), "\"a\", \"b\" or \"c\"");
    }

    #[test]
    fn a_duration_keeps_its_nanoseconds() {
        for nanos in [0, 1, 999_999_999, 1_500_000_000, 9_007_199_254_740_993, i64::MAX] {
            let value = Value::Duration(nanos);
            let data = write(ScalarKind::Duration, &value).unwrap_or(Data::Null);
            assert_eq!(read(ScalarKind::Duration, &data), Some(value), "{data:?}");
        }
        let two_seconds = Value::Duration(2_000_000_000);
        assert_eq!(write(ScalarKind::Duration, &two_seconds), Ok(Data::Int(2)));
        for data in [
            text("-1"),
            Data::Int(-1),
            Data::Float(-0.5),
            Data::Float(f64::INFINITY),
            Data::Int(10_000_000_000),
        ] {
            assert_eq!(read(ScalarKind::Duration, &data), None, "{data:?}");
        }
    }

    #[test]
    fn integers_keep_all_digits_and_floats_their_value() {
        for (data, value) in [
            (Data::Int(i64::MAX.into()), Some(i64::MAX)),
            (Data::Int(i128::from(i64::MAX) + 1), None),
            (Data::Float(3.0), Some(3)),
            (Data::Float(9_007_199_254_740_994.0), None),
            (text("-12"), Some(-12)),
            (text("12.0"), Some(12)),
            (text(""), None),
            (text("0x1"), None),
        ] {
            assert_eq!(read(ScalarKind::Int64, &data), value.map(Value::Int64), "{data:?}");
        }
        for float in [0.1_f32, f32::MIN, f32::MIN_POSITIVE, 16_777_216.0] {
            let data = write(ScalarKind::Float32, &Value::Float32(float)).unwrap_or(Data::Null);
            assert_eq!(read(ScalarKind::Float32, &data), Some(Value::Float32(float)), "{data:?}");
        }
        assert_eq!(write(ScalarKind::Float32, &Value::Float32(0.1)), Ok(Data::Float(0.1)));
        let largest = Data::Float(f32::MAX.into());
        assert_eq!(write(ScalarKind::Float32, &Value::Float32(f32::MAX)), Ok(largest), "not a larger double");
        assert!(write(ScalarKind::Float64, &Value::Float64(f64::NAN)).is_err());
    }
}
