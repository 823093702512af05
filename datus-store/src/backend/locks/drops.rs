//! Counts the drops of a table.
//!
//! A table that is created again has the same path as the dropped one. A process that opened the dropped table must not
//! commit to the new one, because the files of its rows no longer exist. The count is the length of a file to which each
//! drop appends one byte.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::PoisonError;

use super::{LockScope, TableLocks};
use crate::error::{Error, ErrorKind, Result};

impl TableLocks {
    /// Returns the number of times that this crate dropped a table. Always 0 on an object store.
    pub(in crate::backend) fn drops_of(&self, table: &str) -> Result<u64> {
        match &self.0.location {
            LockScope::Memory => {
                let drops = self.0.drops.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(drops.get(table).copied().unwrap_or(0))
            }
            LockScope::Folder(folder) => {
                let path = folder.join(file_name(table));
                match std::fs::metadata(&path) {
                    Ok(file) => Ok(file.len()),
                    // An invalid file name also counts as missing: no table can have such a name.
                    Err(error) if is_missing(&error) => Ok(0),
                    Err(error) => Err(file_error(&path, "read", error)),
                }
            }
            LockScope::Remote => Ok(0),
        }
    }

    /// Counts a drop. The caller must hold all locks of the table.
    pub(in crate::backend) fn count_drop(&self, table: &str) -> Result<()> {
        match &self.0.location {
            LockScope::Memory => {
                let mut drops = self.0.drops.lock().unwrap_or_else(PoisonError::into_inner);
                *drops.entry(table.to_owned()).or_default() += 1;
                Ok(())
            }
            LockScope::Folder(folder) => {
                let path = folder.join(file_name(table));
                append(&path).map_err(|error| file_error(&path, "written", error))
            }
            LockScope::Remote => Ok(()),
        }
    }
}

fn file_name(table: &str) -> String {
    format!(".datus-drops.{table}")
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidFilename
    )
}

fn append(path: &Path) -> io::Result<()> {
    match File::options().append(true).create(true).open(path) {
        Ok(mut file) => file.write_all(b"."),
        // A file that belongs to another user is replaced. This needs only the permissions that a drop needs anyway.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let length = usize::try_from(std::fs::metadata(path)?.len()).unwrap_or(usize::MAX);
            std::fs::remove_file(path)?;
            std::fs::write(path, vec![b'.'; length.saturating_add(1)])
        }
        Err(error) => Err(error),
    }
}

fn file_error(path: &Path, done: &str, source: io::Error) -> Error {
    let message = format!("the file {} of the database cannot be {done}", path.display());
    Error::new(ErrorKind::Engine, message)
        .with_help("see the source of this error and check the folder of the database")
        .with_source(source)
}
