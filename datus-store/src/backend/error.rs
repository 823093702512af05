use std::error::Error as StdError;
use std::io;

use lance_core::Error as LanceError;
use lance_core::error::CommitStatusUnknownError;
use lance_namespace::{ErrorCode, NamespaceError};
use lancedb::Error as LanceDbError;
use object_store::Error as StorageError;

use crate::error::{Error, ErrorKind, Result};

#[cfg(test)]
mod tests;

/// Converts a lancedb error into an error of this crate. Only this function and the `convert_*` functions below do this.
///
/// The engine's `InvalidInput` does not mean that the caller's input is invalid: this crate checks filters, vectors and rows
/// before the engine receives them, and the engine also reports a truncated manifest as invalid input.
pub(super) fn convert(error: LanceDbError) -> Error {
    convert_with_fallback(error, "LanceDB failed", "see the source of this error")
}

/// Converts an error from reading the newest version of a table.
pub(super) fn convert_unreadable(error: LanceDbError) -> Error {
    let message =
        "the newest version of the table cannot be read: its files are damaged, or the storage failed";
    convert_with_fallback(error, message, RESTORE)
}

/// Converts an error from connecting to storage that could not be reached.
pub(super) fn convert_unreachable(error: LanceDbError) -> Error {
    let help =
        "check the endpoint, the bucket and the credentials; the source of this error contains the details";
    convert_with_fallback(error, "the storage of the database cannot be reached", help)
}

/// Converts an error from a namespace.
pub(super) fn convert_namespace(error: LanceError) -> Error {
    let message = "the namespace, which maps table names to locations, failed";
    convert_with_fallback(error.into(), message, "see the source of this error")
}

/// Returns the code of a namespace error, or `None` for other errors.
pub(super) fn namespace_code(error: &(dyn StdError + 'static)) -> Option<ErrorCode> {
    causes(error).find_map(|cause| cause.downcast_ref::<NamespaceError>()).map(NamespaceError::code)
}

/// The minimum length of an option value that is treated as a secret. Shorter values, such as `true`, occur inside other
/// words.
const SECRET: usize = 6;

/// Returns an engine message in which `…` replaces the values that may be secrets. The engine can echo such values.
pub(super) fn without_secrets<'a>(text: &str, values: impl Iterator<Item = &'a str>) -> String {
    let values = values.filter(|value| value.len() >= SECRET);
    values.fold(text.to_owned(), |text, value| text.replace(value, "…"))
}

/// Converts an error. `unknown` and `unknown_help` are the message and the remedy to use if the error's types do not
/// identify the failure.
fn convert_with_fallback(error: LanceDbError, unknown: &str, unknown_help: &'static str) -> Error {
    let error = match unwrap_own(error) {
        Ok(own) => return own,
        Err(error) => error,
    };
    let (kind, message, help) =
        classify(&error).unwrap_or_else(|| (ErrorKind::Engine, unknown.to_owned(), unknown_help));
    let mut converted = Error::new(kind, message);
    if !help.is_empty() {
        converted = converted.with_help(help);
    }
    if Failure::of(&error) == Some(Failure::Unknown) {
        converted = converted.with_unknown_outcome();
    }
    converted.with_source(error)
}

/// Returns `true` for an error about storage options.
pub(super) fn is_of_options(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| match cause.downcast_ref::<StorageError>() {
        Some(StorageError::Generic { store, .. }) => *store == "Config",
        Some(StorageError::UnknownConfigurationKey { .. }) => true,
        _ => matches!(cause.downcast_ref(), Some(LanceError::InvalidInput { .. })),
    })
}

/// Returns the kind, message and remedy of an error, or `None` if its types do not identify the failure.
fn classify(error: &LanceDbError) -> Option<(ErrorKind, String, &'static str)> {
    match error {
        LanceDbError::TableNotFound { name, .. } => {
            return Some((ErrorKind::TableNotFound, format!("there is no table `{name}`"), CREATE));
        }
        LanceDbError::InvalidTableName { reason, .. } => {
            let message = format!("the table's name is invalid: {reason}");
            return Some((
                ErrorKind::InvalidInput,
                message,
                "set a different name with `#[datus(table = \"…\")]`",
            ));
        }
        LanceDbError::NotSupported { message } => {
            return Some((ErrorKind::Unsupported, message.clone(), ""));
        }
        #[cfg(feature = "remote")]
        LanceDbError::Http { status_code, .. } | LanceDbError::Retry { status_code, .. } => {
            let (kind, message, help) = classify_status(status_code.map(|status| status.as_u16()));
            return Some((kind, message.to_owned(), help));
        }
        _ => {}
    }
    let failure = Failure::of(error);
    if failure != Some(Failure::Unknown)
        && let Some((kind, message, help)) = namespace_code(error).and_then(classify_code)
    {
        return Some((kind, message.to_owned(), help));
    }
    let (kind, message, help) = match failure? {
        Failure::Unknown => (
            ErrorKind::Engine,
            "the storage did not report whether the write was committed, so it may have happened",
            "check the rows before you write them again",
        ),
        Failure::Conflict => CONFLICT,
        Failure::FullDisk => (
            ErrorKind::Engine,
            "there is no space left on the disk, or a quota was reached",
            "free some space and run the operation again",
        ),
        Failure::Damaged => (ErrorKind::Engine, "a file of the table is damaged", RESTORE),
        Failure::NoTable => NO_TABLE,
        Failure::Removed => REMOVED,
        Failure::Refused => (
            ErrorKind::Engine,
            "the storage refused access",
            "check the credentials and permissions; the source of this error contains the details",
        ),
        Failure::Late => (ErrorKind::Engine, "the storage did not answer in time", "run the operation again"),
    };
    Some((kind, message.to_owned(), help))
}

/// The kind, message and remedy of an error.
type Texts = (ErrorKind, &'static str, &'static str);

const CONFLICT: Texts = (
    ErrorKind::Conflict,
    "another writer changed the table first, so nothing was written",
    "run the operation again",
);
const NO_TABLE: Texts = (ErrorKind::TableNotFound, "the table does not exist", CREATE);
const REMOVED: Texts = (
    ErrorKind::Expired,
    "a file of this version is gone: old versions were removed, or files were deleted by hand",
    "open a dropped table again, or read the current version and keep versions longer with `store.optimize().keep_versions(…)`",
);

/// Returns the kind, message and remedy of a namespace error, or `None` if its code does not identify the failure.
fn classify_code(code: ErrorCode) -> Option<Texts> {
    Some(match code {
        ErrorCode::ConcurrentModification => CONFLICT,
        ErrorCode::TableNotFound => NO_TABLE,
        ErrorCode::TableVersionNotFound | ErrorCode::TableTagNotFound => REMOVED,
        ErrorCode::NamespaceNotFound => (
            ErrorKind::TableNotFound,
            "the namespace of the table does not exist",
            "connect again: `Database::connect_namespace` creates a missing namespace",
        ),
        ErrorCode::Unsupported => (
            ErrorKind::Unsupported,
            "the namespace does not support this operation",
            "see the source of this error",
        ),
        ErrorCode::PermissionDenied | ErrorCode::Unauthenticated => (
            ErrorKind::Engine,
            "the namespace refused access",
            "check the credentials in its properties; the source of this error contains the details",
        ),
        ErrorCode::ServiceUnavailable | ErrorCode::Throttling => (
            ErrorKind::Engine,
            "the server of the namespace cannot be reached or is too busy",
            "check its address, and run the operation again",
        ),
        _ => return None,
    })
}

/// Returns the kind, message and remedy for an error from LanceDB's service, by its HTTP status; `None` means that the
/// service did not answer.
#[cfg(feature = "remote")]
fn classify_status(status: Option<u16>) -> Texts {
    match status {
        Some(401 | 403) => (
            ErrorKind::Engine,
            "LanceDB's service refused access",
            "check the API key, the region and the name of the database",
        ),
        Some(405 | 406 | 501) => (
            ErrorKind::Unsupported,
            "LanceDB's service does not support this operation",
            "see the source of this error",
        ),
        None | Some(429 | 502..=504) => (
            ErrorKind::Engine,
            "LanceDB's service cannot be reached or is too busy",
            "check its address, and run the operation again",
        ),
        Some(_) => (ErrorKind::Engine, "LanceDB's service failed", "see the source of this error"),
    }
}

/// The remedy for a table whose files are damaged.
pub(super) const RESTORE: &str = "restore the table's folder from a backup, or check out an older version with \
                                  `Store::as_lancedb`; the source of this error contains the details";

/// The remedy for a table that does not exist.
pub(super) const CREATE: &str = "`Database::store` creates it when it is opened";

/// The meaning of an engine error, derived from the types in its chain of causes. The most severe failure comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Failure {
    /// It is not known whether a commit happened. This variant comes first because its cause can be any other failure.
    Unknown,
    Conflict,
    FullDisk,
    Damaged,
    NoTable,
    Removed,
    Refused,
    Late,
}

impl Failure {
    /// Returns the most severe failure in the chain of causes.
    fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        causes(error).filter_map(Self::of_cause).min()
    }

    fn of_cause(cause: &(dyn StdError + 'static)) -> Option<Self> {
        if cause.is::<CommitStatusUnknownError>() {
            return Some(Self::Unknown);
        }
        if is_full(cause) {
            return Some(Self::FullDisk);
        }
        if let Some(error) = cause.downcast_ref::<LanceError>() {
            return Self::of_lance(error);
        }
        match cause.downcast_ref::<StorageError>()? {
            StorageError::NotFound { path, .. } if is_of_a_version(path) => Some(Self::Removed),
            StorageError::PermissionDenied { .. } | StorageError::Unauthenticated { .. } => {
                Some(Self::Refused)
            }
            _ => None,
        }
    }

    fn of_lance(error: &LanceError) -> Option<Self> {
        match error {
            LanceError::CommitConflict { .. }
            | LanceError::RetryableCommitConflict { .. }
            | LanceError::TooMuchWriteContention { .. }
            | LanceError::IncompatibleTransaction { .. }
            | LanceError::DatasetAlreadyExists { .. } => Some(Self::Conflict),
            LanceError::DiskCapExceeded { .. } => Some(Self::FullDisk),
            LanceError::CorruptFile { .. } => Some(Self::Damaged),
            // Lance also reports a version without a manifest as `DatasetNotFound`.
            LanceError::DatasetNotFound { path, .. } if is_of_a_version(path) => Some(Self::Removed),
            LanceError::DatasetNotFound { .. } => Some(Self::NoTable),
            LanceError::NotFound { uri, .. } if is_of_a_version(uri) => Some(Self::Removed),
            LanceError::VersionNotFound { .. } | LanceError::RefNotFound { .. } => Some(Self::Removed),
            LanceError::Timeout { .. } => Some(Self::Late),
            _ => None,
        }
    }
}

/// Returns `true` if removing a version also removes the file at this path, based on the folder layout of Lance's format.
///
/// Index files do not count: an index file of the current version is missing only if someone deleted it.
fn is_of_a_version(path: &str) -> bool {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    parts.windows(2).any(|parts| match parts {
        [table, folder] => {
            is_table_folder(table) && ["_versions", "data", "_deletions", "_transactions"].contains(folder)
        }
        _ => false,
    })
}

/// Returns `true` for the name of a table's folder: `notes.lance`, or `1f00ab2c_sales$notes` in a namespace.
fn is_table_folder(name: &str) -> bool {
    let is_hashed = || {
        let hash = name.split_once('_').map(|(hash, _)| hash);
        hash.is_some_and(|hash| hash.len() == 8 && hash.chars().all(|c| c.is_ascii_hexdigit()))
    };
    name.ends_with(".lance") || is_hashed()
}

/// Returns this crate's own error if it passed through lancedb inside a stream. Otherwise, returns the given error as `Err`.
fn unwrap_own(error: LanceDbError) -> Result<Error, LanceDbError> {
    match error {
        LanceDbError::External { source } => match source.downcast::<Error>() {
            Ok(own) => Ok(*own),
            Err(source) => Err(LanceDbError::External { source }),
        },
        error => Err(error),
    }
}

/// Returns `true` if a requested file or folder does not exist.
pub(super) fn is_not_found(error: &LanceDbError) -> bool {
    matches!(error, LanceDbError::TableNotFound { .. })
        || causes(error).any(|cause| {
            let lance = cause.downcast_ref::<LanceError>();
            lance.is_some_and(|error| {
                matches!(error, LanceError::NotFound { .. } | LanceError::DatasetNotFound { .. })
            }) || matches!(cause.downcast_ref(), Some(StorageError::NotFound { .. }))
        })
}

/// Returns `true` if the disk or a quota is full.
pub(crate) fn is_full_disk(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(is_full)
}

fn is_full(cause: &(dyn StdError + 'static)) -> bool {
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
    cause.downcast_ref::<io::Error>().is_some_and(|error| full.contains(&error.kind()))
}

/// Returns the error followed by its causes.
pub(super) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

/// Returns the cause of an error. Some errors wrap another error, but their `source` returns the source of the wrapped
/// error, so a plain walk would skip the wrapped error.
fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    if let Some(outer) = error.downcast_ref::<io::Error>() {
        return outer.get_ref().map(|inner| inner as &(dyn StdError + 'static));
    }
    match error.downcast_ref::<LanceError>() {
        Some(LanceError::External { source }) => return Some(&**source),
        Some(LanceError::Wrapped { error, .. }) => return Some(&**error),
        Some(LanceError::Shared { source }) => return Some(&**source),
        _ => {}
    }
    match error.downcast_ref::<LanceDbError>() {
        Some(LanceDbError::External { source }) => Some(&**source),
        Some(LanceDbError::JobFailed { failure, .. }) => {
            failure.source.as_deref().map(|source| source as &(dyn StdError + 'static))
        }
        _ => error.source(),
    }
}
