//! The bounds of numbers that come from configuration, so that no number can end the process.

use std::fmt::Display;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// The most values of a vector. Embedding models give up to some 12,000, and a call of 1,024 texts takes 256 MiB of
/// vectors at this size.
pub(crate) const MOST_VALUES: usize = 1 << 16;

/// The most texts of one call.
pub(crate) const MOST_TEXTS: usize = 1 << 16;

/// The most tokens of one call, all texts together.
pub(crate) const MOST_BATCH_TOKENS: usize = 1_000_000_000;

/// The most calls at once: a connection or a thread each.
pub(crate) const MOST_IN_FLIGHT: usize = 1024;

/// The most queries that a configured cache keeps: 15 GB of vectors with 384 values.
pub(crate) const MOST_CACHED: usize = 10_000_000;

/// The most tokens of one text: the memory of a transformer grows with the square of it.
pub(crate) const MOST_TOKENS: usize = 1 << 17;

/// The most threads of one model.
pub(crate) const MOST_THREADS: usize = 1024;

/// The longest time of a request or of its retries: the clock cannot represent every later moment.
pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Checks a number from 1 to `most`.
///
/// # Errors
/// `InvalidInput`, which names the setting, the value and the bounds.
pub(crate) fn at_least_one(setting: &str, value: usize, most: usize) -> Result<()> {
    within(setting, value, 1, most)
}

/// Checks a number from `least` to `most`.
///
/// # Errors
/// As [`at_least_one`].
pub(crate) fn within(setting: &str, value: usize, least: usize, most: usize) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(outside(setting, value, least, most))
}

/// Checks a time of at most [`LONGEST`].
///
/// # Errors
/// As [`at_least_one`].
#[cfg(feature = "openai")]
pub(crate) fn time(setting: &str, value: Duration) -> Result<()> {
    if value <= LONGEST {
        return Ok(());
    }
    let shown = format!("{} s", value.as_secs());
    Err(outside(setting, shown, "0 s", format!("{} s", LONGEST.as_secs())))
}

/// The error of a value outside its bounds.
pub(crate) fn outside(setting: &str, value: impl Display, least: impl Display, most: impl Display) -> Error {
    let message = format!("`{setting}` is {value}, and it can be from {least} to {most}");
    Error::new(ErrorKind::InvalidInput, message).with_help(format!("give `{setting}` a value in this range"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    #[test]
    fn a_value_outside_its_bounds_is_named_with_the_bounds() {
        assert!(at_least_one("dimension", 1, MOST_VALUES).is_ok());
        assert!(at_least_one("dimension", MOST_VALUES, MOST_VALUES).is_ok());
        let error = at_least_one("dimension", 4_000_000_000, MOST_VALUES).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.message(), "`dimension` is 4000000000, and it can be from 1 to 65536");
        assert!(at_least_one("dimension", 0, 5).is_err() && within("cache", 0, 0, 5).is_ok());
    }
}
