use arrow_array::cast::AsArray;
use arrow_array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

use crate::error::{Error, ErrorKind, Result};
use crate::record::{Column, ColumnReader, Native, Transparent};

/// A column with numbers that a [`Formula`](super::Formula) can use: an integer, a float, a `bool`, a newtype of one of
/// these, or an `Option` of any of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    label = "a formula needs a number here",
    note = "a number is an integer, `f32`, `f64`, `bool`, a newtype of one of them, or an `Option` of one",
    note = "use `half_life` for a timestamp"
)]
pub trait NumberColumn<A = Native>: Column<A> {
    /// Reads the number at `row`, or `None` for a null.
    ///
    /// # Errors
    /// Fails with `Decode` if the array has a different type.
    #[doc(hidden)]
    fn number(array: &ArrayRef, row: usize) -> Result<Option<f64>>;
}

macro_rules! numbers {
    ($($type:ty => |$value:ident| $number:expr),+ $(,)?) => {$(
        impl NumberColumn for $type {
            fn number(array: &ArrayRef, row: usize) -> Result<Option<f64>> {
                if array.is_null(row) {
                    return Ok(None);
                }
                let $value = <Self as Column>::Reader::open(array)?.get(row)?;
                Ok(Some($number))
            }
        }
    )+};
}

numbers! {
    bool => |value| f64::from(u8::from(value)),
    i8 => |value| f64::from(value),
    i16 => |value| f64::from(value),
    i32 => |value| f64::from(value),
    i64 => |value| value as f64,
    u8 => |value| f64::from(value),
    u16 => |value| f64::from(value),
    u32 => |value| f64::from(value),
    u64 => |value| value as f64,
    f32 => |value| f64::from(value),
    f64 => |value| value,
}

#[diagnostic::do_not_recommend]
impl<T: NumberColumn<A>, A> NumberColumn<A> for Option<T>
where
    Self: Column<A>,
{
    fn number(array: &ArrayRef, row: usize) -> Result<Option<f64>> {
        T::number(array, row)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Transparent + Column> NumberColumn for T
where
    T::Inner: NumberColumn,
{
    fn number(array: &ArrayRef, row: usize) -> Result<Option<f64>> {
        T::Inner::number(array, row)
    }
}

/// Reads the timestamp at `row` as seconds since 1970, or `None` for a null.
pub(super) fn seconds(array: &ArrayRef, row: usize) -> Result<Option<f64>> {
    if array.is_null(row) {
        return Ok(None);
    }
    let (value, units) = match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            (array.as_primitive::<TimestampSecondType>().value(row), 1.0)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            (array.as_primitive::<TimestampMillisecondType>().value(row), 1e3)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            (array.as_primitive::<TimestampMicrosecondType>().value(row), 1e6)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            (array.as_primitive::<TimestampNanosecondType>().value(row), 1e9)
        }
        other => return Err(Error::new(ErrorKind::Decode, format!("the type {other} is not a timestamp"))),
    };
    Ok(Some(value as f64 / units))
}
