//! Limits for numbers that come from configuration, so that no configuration can crash the process.

use std::fmt::Display;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// The largest dimension of a vector. Embedding models have dimensions of up to about 12,000. At this limit, the vectors of
/// a call with 1,024 texts take 256 MiB.
pub(crate) const MAX_DIMENSION: usize = 1 << 16;

/// The maximum number of texts in one call.
pub(crate) const MAX_TEXTS: usize = 1 << 16;

/// The maximum number of tokens in one call, over all its texts.
pub(crate) const MAX_BATCH_TOKENS: usize = 1_000_000_000;

/// The maximum number of concurrent calls. Each call uses a connection or a thread.
pub(crate) const MAX_IN_FLIGHT: usize = 1024;

/// The maximum capacity of a configured query cache. A full cache of this size takes up 15 GB with vectors of 384 values.
pub(crate) const MAX_CACHED_QUERIES: usize = 10_000_000;

/// The maximum number of tokens in one text. The memory use of a transformer grows with the square of this number.
pub(crate) const MAX_TOKENS: usize = 1 << 17;

/// The maximum number of threads of one model.
pub(crate) const MAX_THREADS: usize = 1024;

/// The longest duration of a request or of its retries. It keeps deadlines within the range of the clock.
pub(crate) const MAX_DURATION: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the error for an invalid setting.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

/// Checks that a number is from 1 to `max`.
///
/// # Errors
/// Fails with `InvalidInput`, naming the setting, the value and the range.
pub(crate) fn check_positive(setting: &str, value: usize, max: usize) -> Result<()> {
    check_range(setting, value, 1, max)
}

/// Checks that a number is from `min` to `max`.
///
/// # Errors
/// Returns the same errors as [`check_positive`].
pub(crate) fn check_range(setting: &str, value: usize, min: usize, max: usize) -> Result<()> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(out_of_range(setting, value, min, max))
}

/// Checks that a duration is at most [`MAX_DURATION`].
///
/// # Errors
/// Returns the same errors as [`check_positive`].
#[cfg(feature = "openai")]
pub(crate) fn check_duration(setting: &str, value: Duration) -> Result<()> {
    if value <= MAX_DURATION {
        return Ok(());
    }
    let value = format!("{} s", value.as_secs());
    Err(out_of_range(setting, value, "0 s", format!("{} s", MAX_DURATION.as_secs())))
}

/// Returns the error for a value outside its range.
pub(crate) fn out_of_range(
    setting: &str,
    value: impl Display,
    min: impl Display,
    max: impl Display,
) -> Error {
    let message = format!("`{setting}` is {value}, but must be from {min} to {max}");
    Error::new(ErrorKind::InvalidInput, message)
        .with_help(format!("set `{setting}` to a value in this range"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn an_out_of_range_error_names_the_value_and_the_range() {
        assert!(check_positive("dimension", 1, MAX_DIMENSION).is_ok());
        assert!(check_positive("dimension", MAX_DIMENSION, MAX_DIMENSION).is_ok());
        let error = check_positive("dimension", 4_000_000_000, MAX_DIMENSION).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.message(), "`dimension` is 4000000000, but must be from 1 to 65536");
        assert!(check_positive("dimension", 0, 5).is_err() && check_range("cache", 0, 0, 5).is_ok());
    }
}
