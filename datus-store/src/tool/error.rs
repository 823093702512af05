use std::error::Error as StdError;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::error::{Error, ErrorKind};

/// The error of a tool call that could not return rows, with a message for a language model.
///
/// `Display` and serde write the message: `{"error": "…"}`. It never contains what a model must not see, such as the address
/// of the database. [`source`](StdError::source) returns the error of the store, for the log.
#[derive(Debug)]
pub struct ToolError {
    message: String,
    /// The error of the store, or `None` if the arguments were wrong.
    source: Option<Error>,
}

impl ToolError {
    pub(super) fn from_arguments(message: String) -> Self {
        Self { message, source: None }
    }

    pub(super) fn from_store(source: Error) -> Self {
        let message = match source.kind() {
            // The arguments were parsed, so the cause is one of their values, such as a blank question.
            ErrorKind::InvalidInput => source.message().to_owned(),
            _ => "the search failed for a reason other than the arguments: tell the user, or try again later"
                .to_owned(),
        };
        Self { message, source: Some(source) }
    }

    /// Returns `true` if a call with different arguments could succeed, and `false` if the store failed.
    pub fn can_be_corrected(&self) -> bool {
        self.source.as_ref().is_none_or(|source| source.kind() == ErrorKind::InvalidInput)
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for ToolError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl Serialize for ToolError {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map([("error", &self.message)])
    }
}
