use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use datus_store::EmbeddingRecord;

use super::{assert_survive, assert_survive_as, round_trip};

/// Returns times in whole seconds, from the first to the last that chrono supports.
fn whole_seconds() -> [DateTime<Utc>; 6] {
    let last = DateTime::from_timestamp(DateTime::<Utc>::MAX_UTC.timestamp(), 0).unwrap();
    [DateTime::<Utc>::MIN_UTC, at(-1, 0), at(0, 0), at(1, 0), at(1_000_000_000, 0), last]
}

fn at(seconds: i64, nanos: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, nanos).unwrap()
}

fn naive<const N: usize>(times: [DateTime<Utc>; N]) -> [NaiveDateTime; N] {
    times.map(|time| time.naive_utc())
}

#[test]
fn times_survive_to_the_microsecond_without_an_attribute() {
    let last = DateTime::<Utc>::MAX_UTC - TimeDelta::nanoseconds(999);
    let times = [DateTime::<Utc>::MIN_UTC, at(-1, 999_999_000), at(-1, 1_000), at(0, 0), at(0, 1_000), last];
    assert_survive(times);
    assert_survive(naive(times));
    assert_survive(whole_seconds());
}

#[test]
fn times_survive_in_their_unit_at_the_limits_of_chrono() {
    assert_survive_as!(#[datus(timestamp(s))] DateTime<Utc>, whole_seconds());
    assert_survive_as!(
        #[datus(timestamp(s))]
        NaiveDateTime,
        naive(whole_seconds())
    );

    let last = DateTime::<Utc>::MAX_UTC - TimeDelta::nanoseconds(999_999);
    let milliseconds = [DateTime::<Utc>::MIN_UTC, at(-1, 999_000_000), at(-1, 1_000_000), at(0, 0), last];
    assert_survive_as!(#[datus(timestamp(ms))] DateTime<Utc>, milliseconds);
    assert_survive_as!(
        #[datus(timestamp(ms))]
        NaiveDateTime,
        naive(milliseconds)
    );

    let last = DateTime::<Utc>::MAX_UTC - TimeDelta::nanoseconds(999);
    let microseconds = [DateTime::<Utc>::MIN_UTC, at(-1, 999_999_000), at(0, 1_000), last];
    assert_survive_as!(#[datus(timestamp(us))] DateTime<Utc>, microseconds);
    assert_survive_as!(
        #[datus(timestamp(us))]
        NaiveDateTime,
        naive(microseconds)
    );
}

#[test]
fn nanoseconds_survive_at_the_limits_of_their_64_bits() {
    let (first, last) = (DateTime::from_timestamp_nanos(i64::MIN), DateTime::from_timestamp_nanos(i64::MAX));
    let nanoseconds = [first, at(-1, 999_999_999), at(-1, 1), at(0, 0), at(0, 1), last];
    assert_survive_as!(#[datus(timestamp(ns))] DateTime<Utc>, nanoseconds);
    assert_survive_as!(
        #[datus(timestamp(ns))]
        NaiveDateTime,
        naive(nanoseconds)
    );
}

#[test]
fn a_zone_does_not_move_the_instant() {
    assert_survive_as!(#[datus(timestamp(ms, "Europe/Oslo"))] DateTime<Utc>, whole_seconds());
    assert_survive_as!(#[datus(timestamp(us, "+05:30"))] DateTime<Utc>, whole_seconds());
}

#[derive(Debug, PartialEq, EmbeddingRecord)]
struct Event {
    at: DateTime<Utc>,
    #[datus(timestamp(s))]
    local: NaiveDateTime,
}

#[test]
fn fractions_of_the_unit_are_rounded_down_even_before_1970() {
    let event = |seconds, nanos| Event { at: at(seconds, nanos), local: at(seconds, nanos).naive_utc() };
    let stored = |seconds, nanos| Event { at: at(seconds, nanos), local: at(seconds, 0).naive_utc() };
    assert_eq!(
        round_trip(&[event(5, 999_999_999), event(-5, 1_999), event(-5, 999)]),
        [stored(5, 999_999_000), stored(-5, 1_000), stored(-5, 0)]
    );
}

#[test]
fn dates_survive_at_the_limits_of_chrono() {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    let days =
        [NaiveDate::MIN, day(-1, 12, 31), day(0, 2, 29), day(1969, 12, 31), day(1970, 1, 1), NaiveDate::MAX];
    assert_survive(days);
}

#[test]
fn times_of_day_survive_to_the_nanosecond() {
    let time = |seconds, nanos| NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos).unwrap();
    assert_survive([NaiveTime::MIN, time(0, 1), time(43_200, 0), time(86_399, 0), time(86_399, 999_999_999)]);
}

#[test]
fn durations_survive_from_nothing_to_292_years() {
    let longest = Duration::from_nanos(i64::MAX as u64);
    assert_survive([Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(86_400), longest]);
}
