//! The folders of tables in a database on this machine, as far as dropping them goes.
//!
//! A table is dropped by renaming its folder to a name that is not a table's, which is one step for readers. The files are
//! deleted after that, by whoever sees the folder.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// How the names of folders begin that are to be deleted.
const TRASH: &str = ".datus-dropped-";

/// The folder of a table.
fn of(folder: &Path, table: &str) -> PathBuf {
    folder.join(format!("{table}.lance"))
}

/// `true` if the table's folder is there, be it with or without a version.
pub(super) fn has_folder(folder: &Path, table: &str) -> bool {
    std::fs::symlink_metadata(of(folder, table)).is_ok()
}

/// `true` if the table's folder has the folder of its versions.
pub(super) fn has_versions(folder: &Path, table: &str) -> bool {
    of(folder, table).join("_versions").is_dir()
}

/// Makes a table unreadable in one step. [`empty`] deletes its files.
pub(super) fn throw_away(folder: &Path, table: &str) -> Result<()> {
    let from = of(folder, table);
    let to = folder.join(format!("{TRASH}{:016x}", fastrand::u64(..)));
    std::fs::rename(&from, &to).map_err(|source| failed(&from, "the folder of the table", "renamed", source))
}

/// Deletes what drops have left. What can't be deleted now is left to the next one.
pub(super) async fn empty(folder: &Path) {
    let left = match list(folder) {
        Ok(left) => left,
        Err(error) => {
            tracing::debug!(target: "datus_store", folder = %folder.display(), %error, "the folder can't be listed");
            return;
        }
    };
    if left.is_empty() {
        return;
    }
    let delete = tokio::task::spawn_blocking(move || left.iter().for_each(|path| delete(path)));
    if let Err(error) = delete.await {
        tracing::warn!(target: "datus_store", %error, "files of dropped tables are left");
    }
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TRASH) {
            left.push(entry.path());
        }
    }
    Ok(left)
}

fn delete(path: &Path) {
    match std::fs::remove_dir_all(path) {
        // Somebody else deletes it too, and was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(
            target: "datus_store",
            folder = %path.display(),
            %error,
            "files of a dropped table can't be deleted"
        ),
        Ok(()) => {}
    }
}

/// Fails where this user can't create files in the table's folder.
pub(super) fn check_writable(folder: &Path, table: &str) -> Result<()> {
    let of_table = of(folder, table);
    let probe = of_table.join(format!(".datus-probe-{:016x}", fastrand::u64(..)));
    match File::create_new(&probe).and_then(|_| std::fs::remove_file(&probe)) {
        Ok(()) => Ok(()),
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            let message = format!("the table `{table}` was dropped");
            Err(Error::new(ErrorKind::TableNotFound, message)
                .with_help("`Database::store` creates it when it is opened")
                .with_source(source))
        }
        Err(source) => Err(failed(&of_table, "the folder of the table", "written to", source)),
    }
}

fn failed(path: &Path, what: &str, done: &str, source: io::Error) -> Error {
    let (reason, help) = match source.kind() {
        io::ErrorKind::PermissionDenied => {
            ("this user is not permitted to", "let the user of this program write to the folder")
        }
        io::ErrorKind::ReadOnlyFilesystem => ("the file system is read-only", "mount it writable"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ("there is no space left on the disk", "make room and run the operation again")
        }
        _ => ("the system refused", "see the source of this error"),
    };
    let message = format!("{what}, {}, can't be {done}: {reason}", path.display());
    Error::new(ErrorKind::Engine, message).with_help(help).with_source(source)
}
