//! The storage of `#[datus(timestamp(unit, "zone"))]`.

use super::Inner;

/// A unit of Arrow timestamps.
pub trait TimestampUnit: Send + Sync + 'static {
    /// The Arrow type.
    type Arrow: arrow_array::types::ArrowTimestampType + arrow_array::ArrowPrimitiveType<Native = i64>;
    /// How many of it are one second.
    const PER_SECOND: i64;
}

macro_rules! units {
    ($($(#[$doc:meta])* $unit:ident => $arrow:ident, $per_second:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $unit {}

        impl TimestampUnit for $unit {
            type Arrow = arrow_array::types::$arrow;
            const PER_SECOND: i64 = $per_second;
        }

        /// The unit alone, without a zone.
        impl TimestampSpec for $unit {
            type Unit = Self;
            const ZONE: Option<&'static str> = None;
        }
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

/// What `#[datus(timestamp(…))]` chose. The derive implements it on a type of its own.
pub trait TimestampSpec: Send + Sync + 'static {
    /// The unit.
    type Unit: TimestampUnit;
    /// The zone, where one was given.
    const ZONE: Option<&'static str>;
}

/// The storage of a timestamp with the unit and zone of `S`.
#[derive(Debug, Clone, Copy)]
pub struct TimestampOf<S>(std::marker::PhantomData<S>);

impl<S> Inner for TimestampOf<S> {}

impl TimestampSpec for super::Native {
    type Unit = Microsecond;
    const ZONE: Option<&'static str> = None;
}
