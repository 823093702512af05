//! Helpers shared by the tests for models and rerankers behind an endpoint.

pub(crate) mod server;

use std::error::Error as StdError;

use crate::error::BoxError;

/// Returns the messages of an error and all its causes.
pub(crate) fn chain(error: &BoxError) -> String {
    let mut shown = error.to_string();
    let mut cause: Option<&dyn StdError> = error.source();
    while let Some(error) = cause {
        shown.push_str(&format!(": {error}"));
        cause = error.source();
    }
    shown
}
