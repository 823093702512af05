//! Files in a model's folder, and errors that name them.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::error::{BoxError, Error, ErrorKind, Result};

/// The help for a file with unexpected content.
pub(super) const DAMAGED_HELP: &str =
    "download the model again, or check that this version of its format is supported";

/// Returns an error about a file or folder.
pub(super) fn file_error(path: &Path, what: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Model, format!("`{}`: {what}", path.display()))
}

/// Returns an error about a file or folder, with help.
pub(super) fn file_error_with_help(path: &Path, what: impl fmt::Display, help: impl Into<String>) -> Error {
    file_error(path, what).with_help(help)
}

/// Returns an error about a file or folder, with the error that caused it.
pub(super) fn file_error_from(path: &Path, what: impl fmt::Display, source: impl Into<BoxError>) -> Error {
    file_error(path, what).with_source(source)
}

/// Reads a JSON file. Returns `None` if it does not exist.
///
/// # Errors
/// Fails with `Model` if the file cannot be read or deserialized.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(
                file_error_from(path, "cannot be read", error).with_help("see the source of this error")
            );
        }
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        file_error_from(path, format!("cannot be deserialized: {error}"), error).with_help(DAMAGED_HELP)
    })
}

/// Reads a required JSON file. `help` is the help for a missing file.
///
/// # Errors
/// Fails with the same errors as [`read_json`], and with `Model` if the file is missing.
pub(super) fn require_json<T: DeserializeOwned>(path: &Path, help: &str) -> Result<T> {
    read_json(path)?.ok_or_else(|| file_error_with_help(path, "is missing", help))
}

/// Returns the path if it is a folder.
///
/// # Errors
/// Fails with `Model` if it is not a folder.
pub(super) fn require_folder(path: &Path) -> Result<PathBuf> {
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    let what = if path.exists() { "is not a folder" } else { "does not exist" };
    let help = "use the folder that contains the `config.json` and `tokenizer.json` of the model";
    Err(file_error_with_help(path, what, help))
}
