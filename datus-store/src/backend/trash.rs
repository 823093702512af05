//! Removes the folders of dropped tables from a database on this machine.
//!
//! A drop renames the table's folder to a name that no table can have, which is atomic for readers. The files are deleted
//! afterwards, by any process that finds the renamed folder.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// The prefix of the names of folders that are to be deleted.
const TRASH: &str = ".datus-dropped-";

/// Returns the folder of a table.
pub(super) fn table_folder(folder: &Path, table: &str) -> PathBuf {
    folder.join(format!("{table}.lance"))
}

/// Returns `true` if the table's folder exists, with or without a version.
pub(super) fn has_folder(folder: &Path, table: &str) -> bool {
    std::fs::symlink_metadata(table_folder(folder, table)).is_ok()
}

/// Returns `true` if the table's folder contains the folder of versions.
pub(super) fn has_versions(folder: &Path, table: &str) -> bool {
    table_folder(folder, table).join("_versions").is_dir()
}

/// Makes a table unreadable in one step. [`empty_trash`] deletes its files.
pub(super) fn move_to_trash(folder: &Path, table: &str) -> Result<()> {
    let from = table_folder(folder, table);
    let to = folder.join(format!("{TRASH}{:016x}", fastrand::u64(..)));
    std::fs::rename(&from, &to)
        .map_err(|source| folder_error(&from, "the folder of the table", "renamed", source))
}

/// Deletes the folders of dropped tables. Folders that cannot be deleted now are left for the next call.
pub(super) async fn empty_trash(folder: &Path) {
    let dropped = match list(folder) {
        Ok(dropped) => dropped,
        Err(error) => {
            tracing::debug!(target: "datus_store", folder = %folder.display(), %error, "the database's folder cannot be listed");
            return;
        }
    };
    if dropped.is_empty() {
        return;
    }
    let delete = tokio::task::spawn_blocking(move || dropped.iter().for_each(|path| delete(path)));
    if let Err(error) = delete.await {
        tracing::warn!(target: "datus_store", %error, "files of dropped tables were not deleted");
    }
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut dropped = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TRASH) {
            dropped.push(entry.path());
        }
    }
    Ok(dropped)
}

fn delete(path: &Path) {
    match std::fs::remove_dir_all(path) {
        // Another process deleted it first.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(
            target: "datus_store",
            folder = %path.display(),
            %error,
            "files of a dropped table cannot be deleted"
        ),
        Ok(()) => {}
    }
}

/// Checks that this user can create files in the table's folder.
///
/// # Errors
/// `TableNotFound` when the table was dropped; `Engine` when the folder cannot be written to.
pub(super) fn check_writable(table_folder: &Path, table: &str) -> Result<()> {
    match permission_to_write(table_folder) {
        Ok(()) => Ok(()),
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            let message = format!("the table `{table}` was dropped");
            Err(Error::new(ErrorKind::TableNotFound, message)
                .with_help("`Database::store` creates it when it is opened")
                .with_source(source))
        }
        Err(source) => Err(folder_error(table_folder, "the folder of the table", "written to", source)),
    }
}

/// Checks the permission with a system call. On ext4, creating and removing a file takes longer than embedding the texts of
/// a small write.
#[cfg(unix)]
fn permission_to_write(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    Ok(accessat(CWD, folder, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)?)
}

/// Creates a file and removes it.
#[cfg(not(unix))]
fn permission_to_write(folder: &Path) -> io::Result<()> {
    let probe = folder.join(format!(".datus-probe-{:016x}", fastrand::u64(..)));
    std::fs::File::create_new(&probe).and_then(|_| std::fs::remove_file(&probe))
}

fn folder_error(path: &Path, what: &str, done: &str, source: io::Error) -> Error {
    let (reason, help) = match source.kind() {
        io::ErrorKind::PermissionDenied => {
            ("this user lacks the permission", "give this program's user permission to write to the folder")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            ("the file system is read-only", "mount the file system with write access")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ("there is no space left on the disk", "free some space and run the operation again")
        }
        _ => ("the operating system refused", "see the source of this error"),
    };
    let message = format!("{what}, {}, cannot be {done}: {reason}", path.display());
    Error::new(ErrorKind::Engine, message).with_help(help).with_source(source)
}
