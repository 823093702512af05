use std::error::Error as StdError;

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
    let mut cause: Option<&dyn StdError> = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        if CONFLICTS.iter().any(|conflict| text.contains(conflict)) {
            return true;
        }
        cause = error.source();
    }
    false
}
