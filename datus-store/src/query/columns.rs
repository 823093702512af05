//! The query operations of each column type: its operands, its order, its text tests, and its filter values.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

use super::{CompareOp, Contains, Needle, Operand, Ordered, Predicate, Text, Value, Wanted};
use crate::error::excerpt;
use crate::record::{ColumnName, ColumnPath, Dictionary, Inner, Native, Transparent};

mod binary;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "rust_decimal")]
mod decimal;
mod newtype;
mod with;

/// Implements [`Operand`] for types that can be compared with a column, nullable or not.
macro_rules! operands {
    ($column:ty, $storage:ty, |$value:ident: $($operand:ty),+| $expression:expr) => {
        $($crate::query::columns::operand!($column, $storage, [], $operand, $value, $expression);)+
    };
    ($column:ty, $storage:ty, |$value:ident: $($operand:ty),+| $expression:expr, $generics:tt) => {
        $($crate::query::columns::operand!($column, $storage, $generics, $operand, $value, $expression);)+
    };
}

macro_rules! operand {
    ($column:ty, $storage:ty, [$($generics:tt)*], $operand:ty, $value:ident, $expression:expr) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $crate::query::Operand<$column, $storage> for $operand {
            fn operand(self) -> $crate::query::Value {
                let $value = self;
                $expression
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $crate::query::Operand<Option<$column>, $storage> for $operand {
            fn operand(self) -> $crate::query::Value {
                $crate::query::Operand::<$column, $storage>::operand(self)
            }
        }
    };
}

/// Implements [`Ordered`] for column types.
macro_rules! ordered {
    ($($column:ty, $storage:ty $(, [$($generics:tt)*])?);+ $(;)?) => {$(
        #[diagnostic::do_not_recommend]
        impl $(<$($generics)*>)? $crate::query::Ordered<$storage> for $column {
            type Bound = $column;
            type Storage = $storage;
        }
    )+};
}

/// Implements [`Wanted`] for column types that implement serde's traits.
macro_rules! filter_values {
    ($($column:ty, $storage:ty $(, [$($generics:tt)*])?);+ $(;)?) => {$(
        impl $(<$($generics)*>)? $crate::query::Wanted<$storage> for $column {
            fn predicate(self, column: $crate::record::ColumnPath) -> $crate::query::Predicate {
                $crate::query::columns::equals::<$column, $storage, _>(self, column)
            }

            fn write<Z: serde::Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
                serde::Serialize::serialize(self, serializer)
            }

            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }
        }
    )+};
}

#[allow(unused_imports, reason = "some macros are only for column types behind features")]
use {filter_values, operand, operands, ordered};

/// Returns the predicate that a column equals a value. Called by generated code.
pub fn equals<T, A, V: Operand<T, A>>(value: V, column: ColumnPath) -> Predicate {
    Predicate::Compare { column, op: CompareOp::Eq, value: value.operand() }
}

macro_rules! number_columns {
    ($($type:ty => $value:ident),+ $(,)?) => {$(
        operands!($type, Native, |value: $type| Value::$value(value));
        operands!($type, Native, |value: &$type| Value::$value(*value));
        ordered!($type, Native);
    )+};
}

number_columns! {
    i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64,
    u8 => UInt8, u16 => UInt16, u32 => UInt32, u64 => UInt64,
    f32 => Float32, f64 => Float64,
}

filter_values! {
    i8, Native; i16, Native; i32, Native; i64, Native;
    u8, Native; u16, Native; u32, Native; u64, Native;
}

/// Implements [`Wanted`] for a float type. Serializers write a non-finite number to JSON as null, which would leave the column
/// out of the filter, and serde converts a number that is too large to infinity. Both are errors here, because they would
/// change which rows the filter keeps.
macro_rules! float_filter_value {
    ($float:ty, |$read:ident| $narrow:expr, |$write:ident| $widen:expr) => {
        impl $crate::query::Wanted for $float {
            fn predicate(self, column: $crate::record::ColumnPath) -> $crate::query::Predicate {
                $crate::query::columns::equals::<$float, $crate::record::Native, _>(self, column)
            }

            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $write = *self;
                if !$write.is_finite() {
                    return Err(serde::ser::Error::custom(format!("a filter cannot store {self}")));
                }
                serde::Serialize::serialize(&$widen, serializer)
            }

            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let $read = <f64 as serde::Deserialize>::deserialize(deserializer)?;
                let narrow: $float = $narrow;
                if $read.is_finite() && !narrow.is_finite() {
                    let message =
                        format!("{} is outside the range of the column type {}", $read, stringify!($float));
                    return Err(serde::de::Error::custom(message));
                }
                Ok(narrow)
            }
        }
    };
}

#[allow(unused_imports, reason = "f16 is behind a feature")]
use float_filter_value;

float_filter_value!(f32, |value| value as f32, |value| value);
float_filter_value!(f64, |value| value, |value| value);

operands!(bool, Native, |value: bool| Value::Bool(value));
operands!(bool, Native, |value: &bool| Value::Bool(*value));
filter_values!(bool, Native);

operands!(Duration, Native, |value: Duration| duration(value));
operands!(Duration, Native, |value: &Duration| duration(*value));
ordered!(Duration, Native);
filter_values!(Duration, Native);

fn duration(value: Duration) -> Value {
    match i64::try_from(value.as_nanos()) {
        Ok(nanos) => Value::Duration(nanos),
        Err(_) => {
            Value::Invalid(format!("{value:?} does not fit a duration column, whose maximum is 292 years"))
        }
    }
}

macro_rules! text_columns {
    ($storage:ty: $($type:ty),+) => {$(
        operands!($type, $storage, |value: &str, &String, &Box<str>, &Arc<str>, std::borrow::Cow<'_, str>, &std::borrow::Cow<'_, str>| Value::Text(value.to_string()));
        operands!($type, $storage, |value: String, Box<str>, Arc<str>| Value::Text(String::from(&*value)));
        ordered!($type, $storage);

        #[diagnostic::do_not_recommend]
        impl<V: Into<String>> Contains<V, $storage> for $type {
            fn needle(value: V) -> Needle {
                Needle::Text(value.into())
            }
        }

        impl Wanted<$storage> for $type {
            fn predicate(self, column: ColumnPath) -> Predicate {
                equals::<$type, $storage, _>(self, column)
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self)
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Into::into)
            }
        }
    )+};
}

text_columns!(Native: String, Box<str>, Arc<str>);
text_columns!(Dictionary: String, Box<str>, Arc<str>);

#[diagnostic::do_not_recommend]
impl<A: Inner> Text<A> for String {}
#[diagnostic::do_not_recommend]
impl<A: Inner> Text<A> for Box<str> {}
#[diagnostic::do_not_recommend]
impl<A: Inner> Text<A> for Arc<str> {}

/// Converts a unit enum to an untyped value, which is its name. Called by generated code.
pub fn enum_value<T: ColumnName>(value: &T) -> Value {
    Value::Text(value.name().to_owned())
}

/// Deserializes a unit enum from its name. Called by generated code.
///
/// # Errors
/// Those of the deserializer, and an error for an unknown name that lists the valid names.
pub fn read_enum<'de, T: ColumnName, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let name = String::deserialize(deserializer)?;
    T::from_name(&name).ok_or_else(|| serde::de::Error::unknown_variant(&excerpt(&name), T::NAMES))
}
