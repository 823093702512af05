use std::error::Error as StdError;
use std::io;

use lance_core::Error as LanceError;
use lance_core::error::CommitStatusUnknownError;
use lancedb::Error as LanceDbError;
use object_store::Error as StorageError;

use crate::error::{Error, ErrorKind, Result};

#[cfg(test)]
mod tests;

/// Turns an error of lancedb into one of this crate. The only place that does, with its two siblings below.
///
/// What the engine calls invalid input is not the caller's: filters, vectors and rows are checked before it sees them, and a
/// manifest that was cut is invalid input too.
pub(super) fn convert(error: LanceDbError) -> Error {
    converted(error, "LanceDB failed", "see the source of this error")
}

/// Turns an error of reading the newest version of a table into one of this crate.
pub(super) fn convert_unreadable(error: LanceDbError) -> Error {
    let message =
        "the newest version of the table can't be read: its files are damaged, or the storage failed";
    converted(error, message, RESTORE)
}

/// `unknown` and `help` are for an error whose types do not say what it means.
fn converted(error: LanceDbError, unknown: &str, unknown_help: &'static str) -> Error {
    let error = match unwrap_own(error) {
        Ok(own) => return own,
        Err(error) => error,
    };
    let (kind, message, help) =
        described(&error).unwrap_or_else(|| (ErrorKind::Engine, unknown.to_owned(), unknown_help));
    let converted = Error::new(kind, message);
    let converted = if help.is_empty() { converted } else { converted.with_help(help) };
    converted.with_source(error)
}

/// Turns an error of connecting into one of this crate: there the engine judges the URI and the options of the caller.
pub(super) fn convert_uri(error: LanceDbError) -> Error {
    match error {
        LanceDbError::InvalidInput { ref message } => {
            Error::new(ErrorKind::InvalidInput, message.clone()).with_source(error)
        }
        error => convert(error),
    }
}

/// The kind of an error, what is wrong, and the remedy; `None` where its types do not say.
fn described(error: &LanceDbError) -> Option<(ErrorKind, String, &'static str)> {
    match error {
        LanceDbError::TableNotFound { name, .. } => {
            return Some((ErrorKind::TableNotFound, format!("there is no table `{name}`"), CREATE));
        }
        LanceDbError::InvalidTableName { reason, .. } => {
            let message = format!("the table's name can't be used: {reason}");
            return Some((
                ErrorKind::InvalidInput,
                message,
                "name another one with `#[datus(table = \"…\")]`",
            ));
        }
        LanceDbError::NotSupported { message } => {
            return Some((ErrorKind::Unsupported, message.clone(), ""));
        }
        _ => {}
    }
    let (kind, message, help) = match Fault::of(error)? {
        Fault::Unknown => (
            ErrorKind::Engine,
            "the storage did not say whether the write was committed, so it may have happened",
            "read the rows before you write them again",
        ),
        Fault::Conflict => (
            ErrorKind::Conflict,
            "another writer changed the table first and nothing was written",
            "run the operation again",
        ),
        Fault::FullDisk => (
            ErrorKind::Engine,
            "there is no space left on the disk, or a limit of it was reached",
            "free some space and run the operation again",
        ),
        Fault::Damaged => (ErrorKind::Engine, "a file of the table is damaged", RESTORE),
        Fault::NoTable => (ErrorKind::TableNotFound, "the table is not there", CREATE),
        Fault::Removed => (
            ErrorKind::Expired,
            "a file of the version that is read is gone: old versions were removed, or files were deleted by hand",
            "read the current version, and keep versions for longer with `store.optimize().keep_versions(…)`",
        ),
        Fault::Refused => (
            ErrorKind::Engine,
            "the storage refused access",
            "check the credentials and permissions; the source of this error says what was refused",
        ),
        Fault::Late => (ErrorKind::Engine, "the storage did not answer in time", "run the operation again"),
    };
    Some((kind, message.to_owned(), help))
}

/// The remedy for a table whose files are damaged.
pub(super) const RESTORE: &str = "restore the table's folder from a backup, or check out an older version with \
                                  `Store::as_lancedb`; the source of this error says what could not be read";

const CREATE: &str = "`Database::store` creates it when it is opened";

/// What an error of the engine means, by the types along its chain of causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// A commit may have happened or not. First, since its own cause is any other.
    Unknown,
    Conflict,
    FullDisk,
    Damaged,
    NoTable,
    Removed,
    Refused,
    Late,
}

impl Fault {
    /// The gravest fault of the chain.
    fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        causes(error).filter_map(Self::of_one).min()
    }

    fn of_one(cause: &(dyn StdError + 'static)) -> Option<Self> {
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
            // Lance's name for a version without its manifest too.
            LanceError::DatasetNotFound { path, .. } if is_of_a_version(path) => Some(Self::Removed),
            LanceError::DatasetNotFound { .. } => Some(Self::NoTable),
            LanceError::NotFound { uri, .. } if is_of_a_version(uri) => Some(Self::Removed),
            LanceError::VersionNotFound { .. } | LanceError::RefNotFound { .. } => Some(Self::Removed),
            LanceError::Timeout { .. } => Some(Self::Late),
            _ => None,
        }
    }
}

/// Whether a path is of a file that goes when its version is removed, by the folders of Lance's format. Files of indexes
/// are not: those of the current version are missing only where somebody deleted them.
fn is_of_a_version(path: &str) -> bool {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    parts.windows(2).any(|parts| match parts {
        [table, folder] => {
            table.ends_with(".lance") && ["_versions", "data", "_deletions", "_transactions"].contains(folder)
        }
        _ => false,
    })
}

/// An error of this crate that travelled through lancedb inside a stream.
fn unwrap_own(error: LanceDbError) -> Result<Error, LanceDbError> {
    match error {
        LanceDbError::External { source } => match source.downcast::<Error>() {
            Ok(own) => Ok(*own),
            Err(source) => Err(LanceDbError::External { source }),
        },
        error => Err(error),
    }
}

/// Whether a file or folder that is asked for is not there.
pub(super) fn is_not_found(error: &LanceDbError) -> bool {
    matches!(error, LanceDbError::TableNotFound { .. })
        || causes(error).any(|cause| {
            let lance = cause.downcast_ref::<LanceError>();
            lance.is_some_and(|error| {
                matches!(error, LanceError::NotFound { .. } | LanceError::DatasetNotFound { .. })
            }) || matches!(cause.downcast_ref(), Some(StorageError::NotFound { .. }))
        })
}

/// Whether the disk took no more.
pub(crate) fn is_full_disk(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(is_full)
}

fn is_full(cause: &(dyn StdError + 'static)) -> bool {
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
    cause.downcast_ref::<io::Error>().is_some_and(|error| full.contains(&error.kind()))
}

/// The error, what caused it, and so on.
pub(super) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

/// The `source` of some errors is that of the error inside of them, which would be passed over.
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
