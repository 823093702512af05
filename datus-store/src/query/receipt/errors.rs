//! The errors for values that are not receipts.

use std::fmt::Display;

use crate::error::{Error, ErrorKind};

/// The remedy for a value that is not a receipt.
const WHOLE: &str = "store and pass on the whole receipt, unchanged";

/// Returns the error for a value that is not a receipt.
pub(super) fn no_receipt(reason: impl Display) -> Error {
    let message = format!("the value is not a receipt of a search: {reason}");
    Error::new(ErrorKind::InvalidInput, message).with_help(WHOLE)
}

/// Returns the error for a receipt that was changed.
pub(super) fn damaged(reason: &str) -> Error {
    let message = format!("the receipt was changed after it was made: {reason}");
    Error::new(ErrorKind::InvalidInput, message).with_help(WHOLE)
}
