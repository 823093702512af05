use crate::error::{Error, ErrorKind};

/// Returns the error for a setting that is not valid.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

/// Returns the error for a setting that must not be 0.
pub(crate) fn zero(setting: &str) -> Error {
    invalid(format!("`{setting}` is 0, so no request could ever be sent"))
        .with_help(format!("set `{setting}` to a larger value"))
}
