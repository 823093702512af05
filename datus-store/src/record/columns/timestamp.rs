//! The storage of `#[datus(timestamp(unit, "zone"))]`.

use arrow_schema::DataType;

use super::{Inner, NonNull};
use crate::index::scalar::ORDERED;
use crate::record::{
    Col, Column, ColumnBuilder, ColumnKind, ColumnReader, Condition, IndexKind, ScalarKind, TimeUnit,
};

/// A unit of Arrow timestamps.
pub trait TimestampUnit: Send + Sync + 'static {
    /// The Arrow type.
    type Arrow: arrow_array::types::ArrowTimestampType + arrow_array::ArrowPrimitiveType<Native = i64>;
    /// The unit as a value.
    const UNIT: TimeUnit;
    /// The number of units in a second.
    const PER_SECOND: i64;
}

macro_rules! units {
    ($($(#[$doc:meta])* $unit:ident => $arrow:ident, $per_second:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $unit {}

        impl TimestampUnit for $unit {
            type Arrow = arrow_array::types::$arrow;
            const UNIT: TimeUnit = TimeUnit::$unit;
            const PER_SECOND: i64 = $per_second;
        }

        /// Specifies this unit without a time zone.
        impl TimestampSpec for $unit {
            type Unit = Self;
            const ZONE: Option<&'static str> = None;
        }

        #[diagnostic::do_not_recommend]
        #[cfg(feature = "chrono")]
        impl WithoutZone for $unit {}
    )+};
}

units! {
    /// Seconds: `timestamp(s)`.
    Second => TimestampSecondType, 1;
    /// Milliseconds: `timestamp(ms)`.
    Millisecond => TimestampMillisecondType, 1_000;
    /// Microseconds: `timestamp(us)`, the default.
    Microsecond => TimestampMicrosecondType, 1_000_000;
    /// Nanoseconds: `timestamp(ns)`.
    Nanosecond => TimestampNanosecondType, 1_000_000_000;
}

/// The arguments of `#[datus(timestamp(…))]`. The derive implements this trait for a generated type.
pub trait TimestampSpec: Send + Sync + 'static {
    /// The unit.
    type Unit: TimestampUnit;
    /// The time zone, or `None` if absent.
    const ZONE: Option<&'static str>;
}

/// The storage of a timestamp with the unit and time zone of `S`.
#[derive(Debug, Clone, Copy)]
pub struct TimestampOf<S>(std::marker::PhantomData<S>);

impl<S> Inner for TimestampOf<S> {}

/// A specification without a time zone.
#[cfg(feature = "chrono")]
#[diagnostic::on_unimplemented(
    message = "a time without a time zone cannot be stored with one",
    label = "`timestamp(…)` names a time zone, but this type has none",
    note = "remove the time zone from `timestamp(…)`, or make the field a `chrono::DateTime<Utc>`"
)]
pub trait WithoutZone: TimestampSpec {}

/// Implemented by the timestamp storage for each type that it can store.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be stored as a timestamp",
    label = "`timestamp(…)` needs a `chrono::DateTime<Utc>` or a `chrono::NaiveDateTime`",
    note = "make the field one of them (cargo feature `chrono`), or remove `timestamp`"
)]
pub trait StoresTime<T> {
    /// See [`Column::Builder`].
    type Builder: ColumnBuilder<T>;
    /// See [`Column::Reader`].
    type Reader: ColumnReader<T>;

    /// The kind of value that the column holds.
    const KIND: ScalarKind;

    /// See [`Column::data_type`].
    fn data_type() -> DataType;
}

impl<T: Send + Sync + 'static, S: TimestampSpec> Column<TimestampOf<S>> for T
where
    TimestampOf<S>: StoresTime<T>,
{
    type Builder = <TimestampOf<S> as StoresTime<T>>::Builder;
    type Reader = <TimestampOf<S> as StoresTime<T>>::Reader;
    type Handle<R> = Col<R, T, TimestampOf<S>>;
    type NullableHandle<R> = Col<R, Option<T>, TimestampOf<S>>;
    type Condition = Condition<T, TimestampOf<S>>;
    type NullableCondition = Condition<Option<T>, TimestampOf<S>>;
    type Nulls = NonNull;

    const KIND: ColumnKind = ColumnKind::Scalar(<TimestampOf<S> as StoresTime<T>>::KIND);
    const INDEXES: &'static [IndexKind] = ORDERED;

    fn data_type() -> DataType {
        <TimestampOf<S> as StoresTime<T>>::data_type()
    }
}

impl TimestampSpec for super::Native {
    type Unit = Microsecond;
    const ZONE: Option<&'static str> = None;
}
