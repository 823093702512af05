use std::error::Error as StdError;
use std::io;

use lance_core::Error as LanceError;
use lancedb::Error as LanceDbError;

use crate::error::{Error, ErrorKind};

/// Texts by which lance names a commit that lost against another one. lancedb does not export the type.
const CONFLICTS: [&str; 5] = [
    "commit conflict",
    "Commit conflict",
    "Too many concurrent writers",
    "TooMuchWriteContention",
    "is incompatible with concurrent transaction",
];

/// Texts by which lance and its object store name a file that is not there, and what the files of a version are named.
const REMOVED: [[&str; 2]; 3] = [["ot found", ".manifest"], ["ot found", "/data/"], ["ersion", "not found"]];

/// Turns an error of lancedb into one of this crate. The only place that does.
pub(super) fn convert(error: LanceDbError) -> Error {
    let error = match unwrap_own(error) {
        Ok(own) => return own,
        Err(error) => error,
    };
    let (kind, message) = match &error {
        LanceDbError::TableNotFound { name, .. } => (
            ErrorKind::TableNotFound,
            format!("there is no table `{name}`: `Database::store` creates it when it is opened"),
        ),
        LanceDbError::InvalidInput { message } => (ErrorKind::InvalidInput, message.clone()),
        LanceDbError::InvalidTableName { reason, .. } => {
            (ErrorKind::InvalidInput, format!("the table's name can't be used: {reason}"))
        }
        LanceDbError::NotSupported { message } => (ErrorKind::Unsupported, message.clone()),
        error if is_conflict(error) => (
            ErrorKind::Conflict,
            "another writer changed the table first and nothing was written: run the operation again"
                .to_owned(),
        ),
        error if is_removed(error) => (
            ErrorKind::Expired,
            "a file of the version that is read is gone, as after `optimize`: read the current one, or keep versions for longer \
             with `store.optimize().keep_versions(…)`; if that fails too, files of the table were deleted by hand"
                .to_owned(),
        ),
        error if is_full_disk(error) => (
            ErrorKind::Engine,
            "there is no space left on the disk, or a limit of it was reached: make room and run the operation again"
                .to_owned(),
        ),
        _ => (ErrorKind::Engine, "LanceDB failed: see the source of this error".to_owned()),
    };
    Error::new(kind, message).with_source(error)
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

fn is_conflict(error: &LanceDbError) -> bool {
    causes(error).any(|cause| {
        let text = cause.to_string();
        CONFLICTS.iter().any(|conflict| text.contains(conflict))
    })
}

/// Whether a file of a version is gone. lancedb exports none of the types of these errors.
fn is_removed(error: &LanceDbError) -> bool {
    causes(error).any(|cause| {
        let text = cause.to_string();
        REMOVED.iter().any(|parts| parts.iter().all(|part| text.contains(part)))
    })
}

/// Whether the disk took no more.
pub(crate) fn is_full_disk(error: &(dyn StdError + 'static)) -> bool {
    let full =
        [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge].map(Some);
    causes(error).any(|cause| full.contains(&cause.downcast_ref::<io::Error>().map(io::Error::kind)))
}

/// The error, what caused it, and so on.
pub(super) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    // The `source` of these is that of the error inside of them, which would be passed over.
    if let Some(outer) = error.downcast_ref::<io::Error>() {
        return outer.get_ref().map(|inner| inner as &(dyn StdError + 'static));
    }
    match (error.downcast_ref::<LanceDbError>(), error.downcast_ref::<LanceError>()) {
        (Some(LanceDbError::External { source }), _) => Some(&**source),
        (_, Some(LanceError::External { source })) => Some(&**source),
        (_, Some(LanceError::Wrapped { error, .. })) => Some(&**error),
        _ => error.source(),
    }
}
