//! The numbers of a configuration, which come from outside the program.

use std::time::Duration;

use super::{ModelConfig, invalid};
use crate::error::Result;
use crate::model::bounds::{
    LONGEST, MOST_BATCH_TOKENS, MOST_CACHED, MOST_IN_FLIGHT, MOST_TEXTS, MOST_THREADS, MOST_TOKENS,
    MOST_VALUES, outside, within,
};

impl ModelConfig {
    /// Refuses numbers that no model can use, by the names of their fields.
    ///
    /// # Errors
    /// `InvalidInput`, which names the field, the value and the bounds.
    pub(super) fn check_numbers(&self) -> Result<()> {
        for (field, value, least, most) in [
            ("dimension", self.dimension, 1, MOST_VALUES),
            ("truncate", self.truncate, 1, MOST_VALUES),
            ("batch_size", self.batch_size, 1, MOST_TEXTS),
            ("batch_tokens", self.batch_tokens, 1, MOST_BATCH_TOKENS),
            ("in_flight", self.in_flight, 1, MOST_IN_FLIGHT),
            ("cache", self.cache, 0, MOST_CACHED),
            ("max_tokens", self.max_tokens, 1, MOST_TOKENS),
            ("threads", self.threads, 1, MOST_THREADS),
        ] {
            value.map_or(Ok(()), |value| within(field, value, least, most))?;
        }
        let rates = [
            ("requests_per_minute", self.requests_per_minute),
            ("tokens_per_minute", self.tokens_per_minute),
        ];
        for (field, value) in rates {
            value
                .filter(|value| *value == 0)
                .map_or(Ok(()), |value| Err(outside(field, value, 1, u32::MAX)))?;
        }
        seconds("timeout_seconds", self.timeout_seconds)?;
        seconds("retry_seconds", self.retry_seconds)?;
        Ok(())
    }
}

/// A number of seconds as a duration.
///
/// # Errors
/// `InvalidInput` for a number that is negative, not finite, or of more than a day.
pub(super) fn seconds(field: &str, value: Option<f64>) -> Result<Option<Duration>> {
    let Some(value) = value else { return Ok(None) };
    if value.is_nan() {
        let error = invalid(format!("the field `{field}` of a model is not a number"));
        return Err(error.with_help("give it a number of seconds"));
    }
    let duration = Duration::try_from_secs_f64(value).ok().filter(|duration| *duration <= LONGEST);
    duration.map(Some).ok_or_else(|| outside(field, format!("{value:?}"), 0, LONGEST.as_secs()))
}
