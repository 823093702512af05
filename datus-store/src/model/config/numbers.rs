//! Checks the numbers of a configuration.

use std::time::Duration;

use super::ModelConfig;
use crate::error::Result;
use crate::model::bounds::{
    MAX_BATCH_TOKENS, MAX_CACHED_QUERIES, MAX_DIMENSION, MAX_DURATION, MAX_IN_FLIGHT, MAX_TEXTS, MAX_THREADS,
    MAX_TOKENS, check_range, invalid, out_of_range,
};

impl ModelConfig {
    /// Checks that every number is in the range of its field.
    ///
    /// # Errors
    /// Fails with `InvalidInput`, naming the field, the value and the range.
    pub(super) fn check_numbers(&self) -> Result<()> {
        for (field, value, min, max) in [
            ("dimension", self.dimension, 1, MAX_DIMENSION),
            ("truncate", self.truncate, 1, MAX_DIMENSION),
            ("batch_size", self.batch_size, 1, MAX_TEXTS),
            ("batch_tokens", self.batch_tokens, 1, MAX_BATCH_TOKENS),
            ("in_flight", self.in_flight, 1, MAX_IN_FLIGHT),
            ("cache", self.cache, 0, MAX_CACHED_QUERIES),
            ("max_tokens", self.max_tokens, 1, MAX_TOKENS),
            ("threads", self.threads, 1, MAX_THREADS),
        ] {
            value.map_or(Ok(()), |value| check_range(field, value, min, max))?;
        }
        let rates = [
            ("requests_per_minute", self.requests_per_minute),
            ("tokens_per_minute", self.tokens_per_minute),
        ];
        for (field, value) in rates {
            value
                .filter(|value| *value == 0)
                .map_or(Ok(()), |value| Err(out_of_range(field, value, 1, u32::MAX)))?;
        }
        seconds("timeout_seconds", self.timeout_seconds)?;
        seconds("retry_seconds", self.retry_seconds)?;
        Ok(())
    }
}

/// Converts a number of seconds to a duration.
///
/// # Errors
/// Fails with `InvalidInput` if the number is negative, not finite, or more than one day.
pub(super) fn seconds(field: &str, value: Option<f64>) -> Result<Option<Duration>> {
    let Some(value) = value else { return Ok(None) };
    if value.is_nan() {
        let error = invalid(format!("the field `{field}` of a model is not a number"));
        return Err(error.with_help("set it to a number of seconds"));
    }
    let duration = Duration::try_from_secs_f64(value).ok().filter(|duration| *duration <= MAX_DURATION);
    duration.map(Some).ok_or_else(|| out_of_range(field, format!("{value:?}"), 0, MAX_DURATION.as_secs()))
}
