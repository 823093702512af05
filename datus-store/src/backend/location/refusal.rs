//! The errors of a text that is not the address of a database. None repeats the text of a URI, which may hold a password.

use crate::error::{Error, ErrorKind};

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

/// The error has no source that repeats the text.
pub(super) fn malformed(error: url::ParseError) -> Error {
    invalid(format!("the database's URI is malformed: {error}"))
        .with_help("write it as `s3://bucket/path` or `file:///path`")
}

pub(super) fn not_served(scheme: &str, remedy: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unsupported, format!("no database is opened by `{scheme}://`")).with_help(remedy)
}

/// `true` for the letter of a drive of Windows.
pub(super) fn is_drive(name: &str) -> bool {
    name.len() == 1 && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
}

pub(super) fn drive() -> Error {
    let help = "give a path of this machine, or `./C:/…` for a folder whose name is that of a drive";
    invalid("the database's path begins with a drive of Windows, and this machine has none").with_help(help)
}
