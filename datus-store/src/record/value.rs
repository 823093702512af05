use std::sync::Arc;

/// The unit of a time value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeUnit {
    /// Seconds.
    Second,
    /// Milliseconds.
    Millisecond,
    /// Microseconds. The default for timestamps.
    Microsecond,
    /// Nanoseconds.
    Nanosecond,
}

/// A value in a predicate. It has exactly the Arrow type of the column that it is compared with.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Null, the value of the operand `None`.
    Null,
    /// `Boolean`.
    Bool(bool),
    /// `Int8`.
    Int8(i8),
    /// `Int16`.
    Int16(i16),
    /// `Int32`.
    Int32(i32),
    /// `Int64`.
    Int64(i64),
    /// `UInt8`.
    UInt8(u8),
    /// `UInt16`.
    UInt16(u16),
    /// `UInt32`.
    UInt32(u32),
    /// `UInt64`.
    UInt64(u64),
    /// `Float16`, held as an `f32`.
    Float16(f32),
    /// `Float32`.
    Float32(f32),
    /// `Float64`.
    Float64(f64),
    /// `Utf8`.
    Text(String),
    /// `Binary`.
    Binary(Vec<u8>),
    /// `FixedSizeBinary` with the length of the value.
    FixedBinary(Vec<u8>),
    /// `Date32`: days since 1970-01-01.
    Date(i32),
    /// `Time64(Nanosecond)`: nanoseconds since midnight.
    Time(i64),
    /// `Timestamp`: units since 1970-01-01T00:00:00. If the column has a time zone, the epoch is in UTC.
    Timestamp {
        /// The number of units.
        value: i64,
        /// The unit.
        unit: TimeUnit,
        /// The time zone of the column.
        zone: Option<Arc<str>>,
    },
    /// `Duration(Nanosecond)`.
    Duration(i64),
    /// `Decimal128`.
    Decimal {
        /// The digits as an integer.
        mantissa: i128,
        /// The precision of the column.
        precision: u8,
        /// The scale of the column: the number of digits after the decimal point.
        scale: i8,
    },
    /// An operand that the column cannot represent, with the reason. A query that contains it fails.
    Invalid(String),
}
