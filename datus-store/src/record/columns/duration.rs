//! `std::time::Duration` as `Duration(Nanosecond)`. Values are not rounded; the maximum is about 292 years.

use std::time::Duration;

use arrow_array::types::DurationNanosecondType;

use super::primitive::{Primitive, primitive_column};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Native, ScalarKind};

impl Primitive for Duration {
    type Arrow = DurationNanosecondType;

    const KIND: ScalarKind = ScalarKind::Duration;

    fn to_native(&self) -> Result<i64> {
        i64::try_from(self.as_nanos()).map_err(|_| {
            let message = format!("{self:?} does not fit a duration column, whose maximum is 292 years");
            Error::new(ErrorKind::InvalidInput, message)
        })
    }

    fn from_native(native: i64) -> Result<Self> {
        let nanos = u64::try_from(native).map_err(|_| {
            Error::new(
                ErrorKind::Decode,
                format!("{native} ns is negative, which `Duration` does not support"),
            )
        })?;
        Ok(Self::from_nanos(nanos))
    }
}

primitive_column! { Duration, Native; }
