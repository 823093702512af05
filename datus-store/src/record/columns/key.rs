//! Which column types can be a key: those of which equal values are stored alike, and nothing else is equal to itself.
//!
//! Not an `Option`, since null is not equal to null; not a float, since NaN is not either, and -0.0 is equal to 0.0; not
//! lists, maps, structs and JSON, which the engine does not look up.

use std::sync::Arc;
use std::time::Duration;

use super::decimal::StoresDecimal;
use super::dictionary::StoresText;
use super::timestamp::{StoresTime, TimestampSpec};
use super::{ColumnWith, DecimalOf, Dictionary, TimestampOf, With};
use crate::record::KeyColumn;

macro_rules! keys {
    ($($type:ty),+ $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl KeyColumn for $type {}
    )+};
}

keys!(String, Box<str>, Arc<str>, bool, i8, i16, i32, i64, u8, u16, u32, u64, Duration);

#[diagnostic::do_not_recommend]
impl KeyColumn for Vec<u8> {}

#[diagnostic::do_not_recommend]
impl<const N: usize> KeyColumn for [u8; N] {}

#[cfg(feature = "bytes")]
keys!(::bytes::Bytes);

#[cfg(feature = "uuid")]
keys!(::uuid::Uuid);

#[cfg(feature = "chrono")]
keys!(::chrono::DateTime<::chrono::Utc>, ::chrono::NaiveDateTime, ::chrono::NaiveDate, ::chrono::NaiveTime);

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> KeyColumn<Dictionary> for T where Dictionary: StoresText<T> {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static, S: TimestampSpec> KeyColumn<TimestampOf<S>> for T where
    TimestampOf<S>: StoresTime<T>
{
}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static, const P: u8, const S: i8> KeyColumn<DecimalOf<P, S>> for T where
    DecimalOf<P, S>: StoresDecimal<T>
{
}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static, W: ColumnWith<T>> KeyColumn<With<W>> for T where W::Stored: KeyColumn {}
