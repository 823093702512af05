//! The column types, which convert each Rust type to an Arrow array and back.

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
mod scalar;
mod structure;
mod text;
mod timestamp;
mod vector_array;
mod with;

#[cfg(feature = "chrono")]
pub(crate) use self::chrono::units as timestamp_units;
pub use decimal::DecimalOf;
#[cfg(feature = "rust_decimal")]
pub(crate) use decimal::mantissa as decimal_mantissa;
pub use dictionary::Dictionary;
pub use enumeration::{EnumBuilder, EnumReader};
#[cfg(feature = "serde_json")]
pub use json::Json;
pub use list::{ListBuilder, ListReader};
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

/// The [`Column::Nulls`](super::Column::Nulls) of a type that cannot be null, so that an `Option` can make it nullable.
#[diagnostic::on_unimplemented(
    message = "a nullable column type cannot be wrapped in another `Option`",
    label = "the type inside this `Option` is already nullable",
    note = "`Option<Option<T>>` could not distinguish `None` from `Some(None)`: remove one `Option`"
)]
pub trait NotNull {}

/// A storage that applies to the values inside an `Option` or a `Vec`. JSON is not such a storage, because it stores the
/// whole value.
pub trait Inner {}

impl Inner for Native {}

/// Returns the error for an array whose type differs from the column's.
fn wrong_type(found: &ArrayRef, expected: &DataType) -> Error {
    let message = format!("the stored type is {}, but the record's type is {expected}", found.data_type());
    Error::new(ErrorKind::Decode, message).with_help("change the field to match the table")
}

/// Returns the error for a null in a column whose field is not an `Option`.
#[cold]
fn null_value(row: usize) -> Error {
    let message = format!("row {row} of the batch is null, but the record's column is not nullable");
    Error::new(ErrorKind::Decode, message).with_help("make the field an `Option`, or fill the nulls")
}

/// Returns an error if the row is null.
#[inline]
fn require_valid<A: Array + ?Sized>(array: &A, row: usize) -> crate::Result<()> {
    if array.is_null(row) { Err(null_value(row)) } else { Ok(()) }
}

/// Returns the error for variable-length data that exceeds the 32-bit offsets of one Arrow array.
fn too_long(data: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("one batch holds more than 2 GiB of {data}"))
        .with_help("write fewer or shorter values at a time")
}
