//! Errors for a string that is not the address of a database. The messages do not include a URI, which may contain a password.

use crate::error::{Error, ErrorKind};

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

/// Returns the error for a URI that cannot be parsed. It has no source, because the source could contain the URI.
pub(super) fn malformed(error: url::ParseError) -> Error {
    invalid(format!("the database's URI is malformed: {error}"))
        .with_help("write it as `s3://bucket/path` or `file:///path`")
}

pub(super) fn unsupported_scheme(scheme: &str, remedy: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unsupported, format!("the scheme `{scheme}://` is not supported")).with_help(remedy)
}

/// Returns `true` if the name is a Windows drive letter.
pub(super) fn is_drive(name: &str) -> bool {
    name.len() == 1 && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
}

pub(super) fn drive() -> Error {
    let help = "use a path on this machine, or `./C:/…` for a folder with that name";
    invalid("the database's path begins with a Windows drive, which this system does not support")
        .with_help(help)
}
