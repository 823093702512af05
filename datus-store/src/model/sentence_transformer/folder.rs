//! Files of a model's folder, and errors that name them.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::error::{BoxError, Error, ErrorKind, Result};

/// An error about a file or folder.
pub(super) fn fault(path: &Path, what: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Model, format!("`{}`: {what}", path.display()))
}

/// An error about a file or folder, with its remedy.
pub(super) fn fault_with(path: &Path, what: impl fmt::Display, help: impl Into<String>) -> Error {
    fault(path, what).with_help(help)
}

/// An error about a file or folder that came from another one.
pub(super) fn fault_from(path: &Path, what: impl fmt::Display, source: impl Into<BoxError>) -> Error {
    fault(path, what).with_source(source)
}

/// A JSON file, or `None` where there is none.
///
/// # Errors
/// `Model` when it can't be read or does not have the form of `T`.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(fault_from(path, "cannot be read", error).with_help("see the source of this error"));
        }
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| fault_from(path, format!("is not what such a model has there: {error}"), error))
}

/// A JSON file that has to be there; `remedy` says what to do where it is not.
///
/// # Errors
/// As [`read_json`], and `Model` when it is missing.
pub(super) fn require_json<T: DeserializeOwned>(path: &Path, remedy: &str) -> Result<T> {
    read_json(path)?.ok_or_else(|| fault_with(path, "is missing", remedy))
}

/// The path, if it is a folder.
///
/// # Errors
/// `Model` when it is not.
pub(super) fn require_folder(path: &Path) -> Result<PathBuf> {
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    let what = if path.exists() { "is not a folder" } else { "does not exist" };
    let remedy = "give the folder that holds the model's `config.json` and `tokenizer.json`";
    Err(fault_with(path, what, remedy))
}
