use std::sync::Arc;

/// The unit of a time value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Seconds.
    Second,
    /// Milliseconds.
    Millisecond,
    /// Microseconds. The default of timestamps.
    Microsecond,
    /// Nanoseconds.
    Nanosecond,
}

/// A value in a predicate, of exactly the Arrow type of the column that it is compared with.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Null: an operand that is `None`.
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
    /// `Float16`, widened.
    Float16(f32),
    /// `Float32`.
    Float32(f32),
    /// `Float64`.
    Float64(f64),
    /// `Utf8`.
    Text(String),
    /// `Binary`.
    Binary(Vec<u8>),
    /// `FixedSizeBinary` of the value's own length.
    FixedBinary(Vec<u8>),
    /// `Date32`: days since 1970-01-01.
    Date(i32),
    /// `Time64(Nanosecond)`: nanoseconds since midnight.
    Time(i64),
    /// `Timestamp`: units since 1970-01-01T00:00:00, in the zone's UTC instant where there is one.
    Timestamp {
        /// The number of units.
        value: i64,
        /// The unit.
        unit: TimeUnit,
        /// The zone of the column.
        zone: Option<Arc<str>>,
    },
    /// `Duration(Nanosecond)`.
    Duration(i64),
    /// `Decimal128`.
    Decimal {
        /// The digits.
        mantissa: i128,
        /// The column's precision.
        precision: u8,
        /// The column's scale: how many of the digits stand after the point.
        scale: i8,
    },
    /// An operand that no value of the column can equal, with the reason. A query that holds one fails.
    Invalid(String),
}
