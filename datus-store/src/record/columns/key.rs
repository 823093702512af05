//! The column types that can be a key: equal values have the same stored form, and every value equals itself.
//!
//! `Option` is excluded because null never equals null. Floats are excluded because NaN never equals itself and -0.0
//! equals 0.0. Lists, maps, structs and JSON are excluded because the engine cannot look them up.

use std::sync::Arc;
use std::time::Duration;

use super::decimal::StoresDecimal;
use super::dictionary::StoresText;
use super::timestamp::{StoresTime, TimestampSpec};
use super::{ColumnWith, DecimalOf, Dictionary, TimestampOf, With};
use crate::record::KeyColumn;

macro_rules! key_columns {
    ($($type:ty),+ $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl KeyColumn for $type {}
    )+};
}

key_columns!(String, Box<str>, Arc<str>, bool, i8, i16, i32, i64, u8, u16, u32, u64, Duration);

#[diagnostic::do_not_recommend]
impl KeyColumn for Vec<u8> {}

#[diagnostic::do_not_recommend]
impl<const N: usize> KeyColumn for [u8; N] {}

#[cfg(feature = "bytes")]
key_columns!(::bytes::Bytes);

#[cfg(feature = "uuid")]
key_columns!(::uuid::Uuid);

#[cfg(feature = "chrono")]
key_columns!(
    ::chrono::DateTime<::chrono::Utc>,
    ::chrono::NaiveDateTime,
    ::chrono::NaiveDate,
    ::chrono::NaiveTime
);

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
