//! The date and time types of `chrono`.

use ::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use arrow_array::ArrowPrimitiveType;
use arrow_array::types::{Date32Type, Time64NanosecondType};
use arrow_schema::DataType;

use super::primitive::{NumberBuilder, NumberReader, Primitive, primitive_column};
use super::scalar::element;
use super::timestamp::{StoresTime, WithoutZone};
use super::{Native, TimestampOf, TimestampSpec, TimestampUnit};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Column, ScalarKind, TimestampColumn};

/// The time zone of a `DateTime<Utc>` column whose attribute does not name one.
const UTC: &str = "UTC";

/// Returns the number of units since 1970, rounded down. The store writes this number, and filters compare with it.
pub(crate) fn units<U: TimestampUnit>(time: DateTime<Utc>) -> Result<i64> {
    no_leap_second(&time, "timestamp")?;
    let per_second = i128::from(U::PER_SECOND);
    let fraction = i128::from(time.timestamp_subsec_nanos()) * per_second / 1_000_000_000;
    i64::try_from(i128::from(time.timestamp()) * per_second + fraction).map_err(|_| {
        let message = format!("{time} does not fit a timestamp column with {per_second} units per second");
        Error::new(ErrorKind::InvalidInput, message).with_help("use a coarser unit")
    })
}

/// Returns an error for a leap second, which chrono represents as a nanosecond count of one second or more. Arrow cannot
/// represent it.
fn no_leap_second(time: &(impl Timelike + std::fmt::Display), column: &str) -> Result<()> {
    if time.nanosecond() < 1_000_000_000 {
        return Ok(());
    }
    let message = format!("{time} is a leap second, which a {column} column cannot store");
    Err(Error::new(ErrorKind::InvalidInput, message).with_help("round it to a whole second"))
}

fn from_units<U: TimestampUnit>(units: i64) -> Result<DateTime<Utc>> {
    let nanos = units.rem_euclid(U::PER_SECOND) * (1_000_000_000 / U::PER_SECOND);
    u32::try_from(nanos)
        .ok()
        .and_then(|nanos| DateTime::from_timestamp(units.div_euclid(U::PER_SECOND), nanos))
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Decode,
                format!("the timestamp {units} is outside the range of the field's type"),
            )
        })
}

fn timestamp_type<S: TimestampSpec>(zone: Option<&str>) -> DataType {
    match <<S::Unit as TimestampUnit>::Arrow as ArrowPrimitiveType>::DATA_TYPE {
        DataType::Timestamp(unit, _) => DataType::Timestamp(unit, zone.map(Into::into)),
        other => other,
    }
}

macro_rules! timestamps {
    ($storage:ty, $spec:ty $(, [$($generics:tt)*])?) => {
        impl $(<$($generics)*>)? Primitive<$storage> for DateTime<Utc> {
            type Arrow = <<$spec as TimestampSpec>::Unit as TimestampUnit>::Arrow;

            const KIND: ScalarKind = ScalarKind::Timestamp {
                unit: <<$spec as TimestampSpec>::Unit as TimestampUnit>::UNIT,
                zone: match <$spec as TimestampSpec>::ZONE {
                    Some(zone) => Some(zone),
                    None => Some(UTC),
                },
            };

            fn data_type() -> DataType {
                timestamp_type::<$spec>(Some(<$spec as TimestampSpec>::ZONE.unwrap_or(UTC)))
            }

            fn to_native(&self) -> Result<i64> {
                units::<<$spec as TimestampSpec>::Unit>(*self)
            }

            fn from_native(native: i64) -> Result<Self> {
                from_units::<<$spec as TimestampSpec>::Unit>(native)
            }
        }

        impl $(<$($generics)*>)? Primitive<$storage> for NaiveDateTime {
            type Arrow = <<$spec as TimestampSpec>::Unit as TimestampUnit>::Arrow;

            const KIND: ScalarKind =
                ScalarKind::Timestamp { unit: <<$spec as TimestampSpec>::Unit as TimestampUnit>::UNIT, zone: None };

            fn data_type() -> DataType {
                timestamp_type::<$spec>(None)
            }

            fn to_native(&self) -> Result<i64> {
                units::<<$spec as TimestampSpec>::Unit>(self.and_utc())
            }

            fn from_native(native: i64) -> Result<Self> {
                from_units::<<$spec as TimestampSpec>::Unit>(native).map(|time| time.naive_utc())
            }
        }
    };
}

timestamps!(Native, Native);
timestamps!(TimestampOf<S>, S, [S: TimestampSpec]);

primitive_column! { DateTime<Utc>, Native; NaiveDateTime, Native; }

impl<S: TimestampSpec> StoresTime<DateTime<Utc>> for TimestampOf<S> {
    type Builder = NumberBuilder<DateTime<Utc>, Self>;
    type Reader = NumberReader<DateTime<Utc>, Self>;

    const KIND: ScalarKind = <DateTime<Utc> as Primitive<Self>>::KIND;

    fn data_type() -> DataType {
        <DateTime<Utc> as Primitive<Self>>::data_type()
    }
}

impl<S: WithoutZone> StoresTime<NaiveDateTime> for TimestampOf<S> {
    type Builder = NumberBuilder<NaiveDateTime, Self>;
    type Reader = NumberReader<NaiveDateTime, Self>;

    const KIND: ScalarKind = <NaiveDateTime as Primitive<Self>>::KIND;

    fn data_type() -> DataType {
        <NaiveDateTime as Primitive<Self>>::data_type()
    }
}

element!(DateTime<Utc>, TimestampOf<S>, [S: TimestampSpec]);
element!(NaiveDateTime, TimestampOf<S>, [S: WithoutZone]);

#[diagnostic::do_not_recommend]
impl<A> TimestampColumn<A> for DateTime<Utc> where Self: Column<A> {}
#[diagnostic::do_not_recommend]
impl<A> TimestampColumn<A> for NaiveDateTime where Self: Column<A> {}

impl Primitive for NaiveDate {
    type Arrow = Date32Type;

    const KIND: ScalarKind = ScalarKind::Date;

    fn to_native(&self) -> Result<i32> {
        i32::try_from(self.signed_duration_since(NaiveDate::default()).num_days())
            .map_err(|_| Error::new(ErrorKind::InvalidInput, format!("{self} does not fit a date column")))
    }

    fn from_native(native: i32) -> Result<Self> {
        ::chrono::TimeDelta::try_days(native.into())
            .and_then(|days| NaiveDate::default().checked_add_signed(days))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Decode,
                    format!("day {native} is outside the range of the field's type"),
                )
            })
    }
}

impl Primitive for NaiveTime {
    type Arrow = Time64NanosecondType;

    const KIND: ScalarKind = ScalarKind::Time;

    fn to_native(&self) -> Result<i64> {
        no_leap_second(self, "time")?;
        Ok(i64::from(self.num_seconds_from_midnight()) * 1_000_000_000 + i64::from(self.nanosecond()))
    }

    fn from_native(native: i64) -> Result<Self> {
        u32::try_from(native.div_euclid(1_000_000_000))
            .ok()
            .zip(u32::try_from(native.rem_euclid(1_000_000_000)).ok())
            .and_then(|(seconds, nanos)| NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos))
            .ok_or_else(|| Error::new(ErrorKind::Decode, format!("{native} ns is not a time of day")))
    }
}

primitive_column! { NaiveDate, Native; NaiveTime, Native; }
