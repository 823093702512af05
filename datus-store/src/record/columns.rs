//! The column types: how each Rust type becomes an Arrow array and comes back.

mod binary;
mod boolean;
#[cfg(feature = "chrono")]
mod chrono;
mod decimal;
mod dictionary;
mod duration;
mod enumeration;
#[cfg(feature = "serde_json")]
mod json;
mod key;
mod list;
mod map;
mod newtype;
mod option;
mod primitive;
mod structure;
mod text;
mod timestamp;
mod with;

pub use decimal::DecimalOf;
#[cfg(feature = "rust_decimal")]
pub(crate) use decimal::mantissa as decimal_mantissa;
pub use dictionary::Dictionary;
pub use enumeration::{EnumBuilder, EnumReader};
#[cfg(feature = "serde_json")]
pub use json::Json;
pub use list::{ListBuilder, ListReader, WantedItems};
pub use newtype::{NewtypeBuilder, NewtypeReader, Transparent};
#[cfg(feature = "chrono")]
pub(crate) use primitive::Primitive;
pub use structure::{Flat, NonNull, Null, Nullness, StructBuilder, StructReader};
pub use timestamp::{
    Microsecond, Millisecond, Nanosecond, Second, TimestampOf, TimestampSpec, TimestampUnit,
};
pub use with::{
    ColumnWith, DisplayFromStr, Optional, With, WithBuilder, WithReader, stored_in_template, stored_text,
};

use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use super::Native;
use crate::error::{Error, ErrorKind};

/// The [`Column::Nulls`](super::Column::Nulls) of a type that has no null of its own, so that `Option` can give it one.
#[diagnostic::on_unimplemented(
    message = "a column can be null once",
    label = "an `Option` of what can be null already",
    note = "`Option<Option<T>>` would lose the difference of `None` and `Some(None)`: take one `Option` away"
)]
pub trait NotNull {}

#[diagnostic::do_not_recommend]
impl NotNull for NonNull {}

/// A storage that applies to the values inside an `Option` or a `Vec`: all but JSON, which takes the whole.
pub trait Inner {}

impl Inner for Native {}

/// Stands in a filter for a column that equality is not defined for: maps, JSON, lists of structs. There is no value
/// of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFilterable {}

/// Implements [`Column`](super::Column) and [`Element`](super::Element) for a type that is one Arrow array without
/// columns inside.
macro_rules! scalar_column {
    ($type:ty, $storage:ty, $builder:ty, $reader:ty, $data_type:expr, $indexes:expr $(, [$($generics:tt)*])?) => {
        impl $(<$($generics)*>)? $crate::record::Column<$storage> for $type {
            type Builder = $builder;
            type Reader = $reader;
            type Handle<R> = $crate::record::Col<R, $type, $storage>;
            type NullableHandle<R> = $crate::record::Col<R, Option<$type>, $storage>;
            type Wanted = $type;
            type Nulls = $crate::record::NonNull;

            const INDEXES: &'static [$crate::record::IndexKind] = $indexes;

            fn data_type() -> arrow_schema::DataType {
                $data_type
            }
        }

        $crate::record::columns::element!($type, $storage, $crate::record::WantedItems<$type> $(, [$($generics)*])?);
    };
}

/// Implements [`Element`](super::Element) with an Arrow list.
macro_rules! element {
    ($type:ty, $storage:ty, $wanted:ty $(, [$($generics:tt)*])?) => {
        impl $(<$($generics)*>)? $crate::record::Element<$storage> for $type {
            type VecBuilder = $crate::record::ListBuilder<$type, $storage>;
            type VecReader = $crate::record::ListReader<$type, $storage>;
            type VecWanted = $wanted;

            fn vec_data_type() -> arrow_schema::DataType {
                $crate::record::ListBuilder::<$type, $storage>::data_type()
            }
        }
    };
}

use {element, scalar_column};

/// The error for an array of another type than the column's.
fn wrong_type(found: &ArrayRef, expected: &DataType) -> Error {
    let message = format!("the stored type is {} and the record's is {expected}", found.data_type());
    Error::new(ErrorKind::Decode, message).with_help("compare the struct with the table")
}

/// The error for a null where the field is not an `Option`.
#[cold]
fn null_value(row: usize) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("row {row} of the batch is null and the record's column is never null"),
    )
    .with_help("make the field an `Option`, or fill the nulls")
}

/// Fails for a null row.
#[inline]
fn require<A: Array + ?Sized>(array: &A, row: usize) -> crate::Result<()> {
    if array.is_null(row) { Err(null_value(row)) } else { Ok(()) }
}

/// The error for variable-length data that does not fit the 32-bit offsets of one Arrow array.
fn too_long(what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("one batch holds more than 2 GiB of {what}"))
        .with_help("write fewer or shorter values at a time")
}
