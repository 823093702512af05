//! The query operations of each column type: its operands, its order and its text operators.

use std::sync::Arc;
use std::time::Duration;

use super::{Contains, Needle, Operand, Ordered, Text, Value};
use crate::record::{ColumnName, Condition, Dictionary, Inner, Native, Transparent};

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

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> From<$operand> for $crate::record::Condition<$column, $storage> {
            fn from(value: $operand) -> Self {
                Self::eq(value)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> From<$operand> for $crate::record::Condition<Option<$column>, $storage> {
            fn from(value: $operand) -> Self {
                Self::eq(value)
            }
        }
    };
}

/// Implements the conversion of a `Vec` to a condition on a list column, which must contain every item.
macro_rules! items {
    ($($column:ty, $storage:ty, $item:ty $(, [$($generics:tt)*])?);+ $(;)?) => {$(
        #[diagnostic::do_not_recommend]
        impl $(<$($generics)*>)? From<Vec<$item>> for $crate::record::Condition<Vec<$column>, $storage> {
            fn from(items: Vec<$item>) -> Self {
                Self::contains_all(items)
            }
        }

        #[diagnostic::do_not_recommend]
        impl $(<$($generics)*>)? From<Vec<$item>> for $crate::record::Condition<Option<Vec<$column>>, $storage> {
            fn from(items: Vec<$item>) -> Self {
                Self::contains_all(items)
            }
        }
    )+};
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

#[allow(unused_imports, reason = "some macros are only for column types behind features")]
use {items, operand, operands, ordered};

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

// `u8` is left out, because a `Vec<u8>` is a column of bytes.
items! {
    i8, Native, i8; i16, Native, i16; i32, Native, i32; i64, Native, i64;
    u16, Native, u16; u32, Native, u32; u64, Native, u64;
    f32, Native, f32; f64, Native, f64;
    bool, Native, bool; Duration, Native, Duration;
}

operands!(bool, Native, |value: bool| Value::Bool(value));
operands!(bool, Native, |value: &bool| Value::Bool(*value));

operands!(Duration, Native, |value: Duration| duration(value));
operands!(Duration, Native, |value: &Duration| duration(*value));
ordered!(Duration, Native);

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

        items!($type, $storage, $type; $type, $storage, &str);
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

#[diagnostic::do_not_recommend]
impl<T: ColumnName + Operand<T>> From<Vec<T>> for Condition<Vec<T>> {
    fn from(items: Vec<T>) -> Self {
        Self::contains_all(items)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnName + Operand<T>> From<Vec<T>> for Condition<Option<Vec<T>>> {
    fn from(items: Vec<T>) -> Self {
        Self::contains_all(items)
    }
}

/// Converts a unit enum to an untyped value, which is its name. Called by generated code.
pub fn enum_value<T: ColumnName>(value: &T) -> Value {
    Value::Text(value.name().to_owned())
}
