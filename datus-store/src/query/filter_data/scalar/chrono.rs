//! Dates and times as text.

use ::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};

use crate::record::{
    Microsecond, Millisecond, Nanosecond, Primitive, Second, TimeUnit, Value, timestamp_units,
};

pub(super) fn date(text: &str) -> Option<Value> {
    text.parse::<NaiveDate>().ok()?.to_native().ok().map(Value::Date)
}

pub(super) fn time(text: &str) -> Option<Value> {
    text.parse::<NaiveTime>().ok()?.to_native().ok().map(Value::Time)
}

/// Reads a timestamp and rounds it down to the unit, as for stored values.
pub(super) fn timestamp(text: &str, unit: TimeUnit, zone: Option<&str>) -> Option<Value> {
    let time: DateTime<Utc> = match zone {
        Some(_) => text.parse().ok()?,
        None => text.parse::<NaiveDateTime>().ok()?.and_utc(),
    };
    let value = match unit {
        TimeUnit::Second => timestamp_units::<Second>(time),
        TimeUnit::Millisecond => timestamp_units::<Millisecond>(time),
        TimeUnit::Microsecond => timestamp_units::<Microsecond>(time),
        TimeUnit::Nanosecond => timestamp_units::<Nanosecond>(time),
    };
    Some(Value::Timestamp { value: value.ok()?, unit, zone: zone.map(Into::into) })
}

pub(super) fn date_text(days: i32) -> Result<String, String> {
    NaiveDate::from_native(days).map(|date| date.to_string()).map_err(|error| error.message().to_owned())
}

pub(super) fn time_text(nanos: i64) -> Result<String, String> {
    NaiveTime::from_native(nanos).map(|time| time.to_string()).map_err(|error| error.message().to_owned())
}

pub(super) fn timestamp_text(value: i64, unit: TimeUnit, has_zone: bool) -> Result<String, String> {
    let per_second = match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    };
    let nanos = u32::try_from(value.rem_euclid(per_second) * (1_000_000_000 / per_second)).ok();
    let time = nanos.and_then(|nanos| DateTime::from_timestamp(value.div_euclid(per_second), nanos));
    let time = time.ok_or_else(|| format!("the timestamp {value} is outside the range of dates"))?;
    Ok(match has_zone {
        true => time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        false => format!("{:?}", time.naive_utc()),
    })
}
