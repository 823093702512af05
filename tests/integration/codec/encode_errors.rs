//! Values that do not fit their column.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use datus_store::{ColumnStruct, EmbeddingRecord, ErrorKind, record};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};

/// Asserts that a record is refused, with the column and the message.
#[track_caller]
fn assert_refused<R: EmbeddingRecord>(row: R, column: &str, message: &str) {
    let error = record::encode(&[row]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.column(), Some(column));
    assert!(message.starts_with(error.message()), "{error:?}");
    assert_eq!(error.to_string(), format!("column `{column}`: {message}"));
}

#[derive(Debug, Clone, Default, ColumnStruct)]
struct Lap {
    #[datus(rename = "time taken")]
    taken: Duration,
}

#[derive(Debug, Clone, Default, ColumnStruct)]
struct Leg {
    lap: Option<Lap>,
    laps: Vec<Option<Lap>>,
}

#[derive(Debug, Clone, Default, EmbeddingRecord)]
#[datus(rename_all = "camelCase")]
struct Race {
    total_time: Duration,
    leg: Leg,
    legs: Vec<Leg>,
    by_team: BTreeMap<String, Leg>,
}

const TOO_LONG: &str =
    "18446744073709551615.999999999s does not fit a duration column, whose maximum is 292 years";

#[test]
fn a_duration_longer_than_292_years_is_refused() {
    assert_refused(Race { total_time: Duration::MAX, ..Race::default() }, "totalTime", TOO_LONG);
    let one_more = Duration::from_nanos(i64::MAX as u64 + 1);
    let error = record::encode(&[Race { total_time: one_more, ..Race::default() }]).unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("totalTime")));
}

#[test]
fn the_column_of_an_error_is_the_full_path() {
    let lap = Lap { taken: Duration::MAX };
    let leg = Leg { lap: Some(lap.clone()), laps: vec![] };
    assert_refused(Race { leg: leg.clone(), ..Race::default() }, "leg.lap.time taken", TOO_LONG);
    assert_refused(
        Race { legs: vec![Leg::default(), leg.clone()], ..Race::default() },
        "legs.lap.time taken",
        TOO_LONG,
    );
    let laps = Leg { lap: None, laps: vec![None, Some(lap)] };
    assert_refused(Race { leg: laps, ..Race::default() }, "leg.laps.time taken", TOO_LONG);
    let by_team = [("a".to_owned(), leg)].into();
    assert_refused(Race { by_team, ..Race::default() }, "byTeam.lap.time taken", TOO_LONG);
}

#[derive(EmbeddingRecord)]
struct Price {
    #[datus(decimal(5, 2))]
    amount: Decimal,
    #[datus(decimal(5, 0))]
    parts: Vec<Option<Decimal>>,
}

#[test]
fn a_decimal_of_too_many_digits_is_refused_and_not_rounded() {
    let amount = |text: &str| Price { amount: text.parse().unwrap(), parts: vec![] };
    let message = |text: &str| format!("{text} does not fit decimal(5, 2): round it, or widen the column");
    for text in
        ["1000", "-1000.00", "0.001", "79228162514264337593543950335", "0.0000000000000000000000000001"]
    {
        assert_refused(amount(text), "amount", &message(text));
    }
    assert!(record::encode(&[amount("999.99"), amount("-999.990")]).is_ok());
    let parts = vec![None, Some(Decimal::new(15, 1))];
    let message = "1.5 does not fit decimal(5, 0): round it, or widen the column";
    assert_refused(Price { amount: Decimal::ZERO, parts }, "parts", message);
}

#[derive(EmbeddingRecord)]
struct Event {
    #[datus(timestamp(ns))]
    at: Option<DateTime<Utc>>,
    #[datus(timestamp(ns))]
    local: Option<NaiveDateTime>,
    time: Option<NaiveTime>,
    stamp: Option<DateTime<Utc>>,
}

const NO_EVENT: Event = Event { at: None, local: None, time: None, stamp: None };

#[test]
fn a_time_beyond_the_nanoseconds_of_64_bits_is_refused() {
    for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let message = format!(
            "{at} does not fit a timestamp column with 1000000000 units per second: use a coarser unit"
        );
        assert_refused(Event { at: Some(at), ..NO_EVENT }, "at", &message);
        assert_refused(Event { local: Some(at.naive_utc()), ..NO_EVENT }, "local", &message);
    }
}

#[test]
fn a_leap_second_is_refused() {
    let time = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
    assert_refused(
        Event { time: Some(time), ..NO_EVENT },
        "time",
        "23:59:60.500 is a leap second, which a time column cannot store: round it to a whole second",
    );
    let stamp = NaiveDate::from_ymd_opt(2016, 12, 31).unwrap().and_time(time).and_utc();
    assert_refused(
        Event { stamp: Some(stamp), ..NO_EVENT },
        "stamp",
        "2016-12-31 23:59:60.500 UTC is a leap second, which a timestamp column cannot store: round it to a whole second",
    );
}

#[derive(Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("locked"))
    }
}

#[derive(EmbeddingRecord)]
struct Locked {
    #[datus(json)]
    value: Unwritable,
}

#[test]
fn a_value_that_serde_cannot_write_is_refused_with_the_reason() {
    assert_refused(Locked { value: Unwritable }, "value", "the value cannot be written as JSON");
    let error = record::encode(&[Locked { value: Unwritable }]).unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "locked");
}
