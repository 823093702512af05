//! Opens and locks a lock file, and describes its failures.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// Error codes for which the standard library has no `ErrorKind`.
const ENOLCK: i32 = if cfg!(any(target_os = "linux", target_os = "android")) { 37 } else { 77 };
const EIO: i32 = 5;
const EBADF: i32 = 9;

/// A locked file. Dropping it unlocks the file.
#[derive(Debug)]
pub(super) struct HeldFile(File);

impl HeldFile {
    /// Returns `false` if the file was deleted or replaced after it was opened, in which case other processes lock a
    /// different file.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        match (self.0.metadata(), std::fs::metadata(path)) {
            (Ok(held), Ok(there)) => same_file(&held, &there),
            (Ok(_), Err(error)) => error.kind() != io::ErrorKind::NotFound,
            (Err(_), _) => true,
        }
    }
}

impl Drop for HeldFile {
    fn drop(&mut self) {
        // A child process that was just forked has a copy of the handle. Until that copy is closed, closing this file does not
        // unlock it.
        let _ = self.0.unlock();
    }
}

#[cfg(unix)]
fn same_file(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// On non-Unix systems, an open file cannot be deleted.
#[cfg(not(unix))]
fn same_file(_: &std::fs::Metadata, _: &std::fs::Metadata) -> bool {
    true
}

/// The outcome of an attempt to lock a file without waiting.
#[derive(Debug)]
pub(super) enum Attempt {
    Locked(HeldFile),
    /// Another process holds the lock.
    Busy(File),
    /// The file system does not lock files.
    Unsupported,
}

/// Opens the lock file, creates it if it is missing, and tries to lock it.
///
/// # Errors
/// `Engine` when the file cannot be opened or locked, with a message that names the file and the reason; `TableNotFound` when
/// its folder is missing and `create_folder` is `false`.
pub(super) fn attempt(path: &Path, create_folder: bool) -> Result<Attempt> {
    let LockFile { file, write_error } = match open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && create_folder => {
            path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| open(path))
        }
        opened => opened,
    }
    .map_err(|error| failed(path, error))?;
    let error = loop {
        match file.try_lock() {
            Ok(()) => return Ok(Attempt::Locked(HeldFile(file))),
            Err(TryLockError::WouldBlock) => return Ok(Attempt::Busy(file)),
            Err(TryLockError::Error(error)) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::Unsupported => return Ok(Attempt::Unsupported),
                _ => break error,
            },
        }
    };
    // NFS locks only files that are open for writing.
    let needs_write = cfg!(unix) && error.raw_os_error() == Some(EBADF);
    Err(failed(path, write_error.filter(|_| needs_write).unwrap_or(error)))
}

/// Locks the file. Blocks the thread until the file is locked.
pub(super) fn lock_blocking(file: File, path: &Path) -> Result<HeldFile> {
    loop {
        match file.lock() {
            Ok(()) => return Ok(HeldFile(file)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(path, error)),
        }
    }
}

struct LockFile {
    file: File,
    /// The reason why the file is open only for reading.
    write_error: Option<io::Error>,
}

/// Opens the lock file for writing, or for reading if it belongs to another user.
///
/// A new file has mode 0666 minus the umask. The first attempt does not create the file, because Linux can be configured to
/// refuse `O_CREAT` on other users' files in folders such as `/tmp`.
fn open(path: &Path) -> io::Result<LockFile> {
    let mut write = File::options();
    write.read(true).write(true);
    let writable = |file| LockFile { file, write_error: None };
    match write.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            write.create(true).truncate(false).open(path).map(writable)
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => match File::open(path) {
            Ok(file) => Ok(LockFile { file, write_error: Some(error) }),
            Err(error) => Err(error),
        },
        opened => opened.map(writable),
    }
}

/// Returns the error for a failed operation on a lock file.
pub(super) fn failed(path: &Path, source: io::Error) -> Error {
    let file = path.display();
    let code = source.raw_os_error().filter(|_| cfg!(unix));
    let (kind, message, help) = match source.kind() {
        io::ErrorKind::PermissionDenied => (
            ErrorKind::Engine,
            format!("this user is not permitted to open the lock file {file}"),
            "give this program's user permission to read and write the file and its folder",
        ),
        io::ErrorKind::ReadOnlyFilesystem => (
            ErrorKind::Engine,
            format!("the lock file {file} is on a read-only file system"),
            "mount the file system with write access; reading needs no lock",
        ),
        io::ErrorKind::NotFound => (
            ErrorKind::TableNotFound,
            format!("the folder of the lock file {file} and the table in it no longer exist"),
            "`Database::store` creates the table when it is opened",
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            ErrorKind::Engine,
            format!("there is no space left on the disk for the lock file {file}"),
            "free some space and run the operation again",
        ),
        _ if code == Some(ENOLCK) => (
            ErrorKind::Engine,
            format!("the system has no free locks for the lock file {file} (ENOLCK)"),
            "start the lock service of the network file system, or raise its limit",
        ),
        _ if code == Some(EIO) => (
            ErrorKind::Engine,
            format!("the disk reported an error for the lock file {file} (EIO)"),
            "check the disk, or the connection to the network file system",
        ),
        _ => (
            ErrorKind::Engine,
            format!("the lock file {file} cannot be locked"),
            "see the source of this error and check the file and its folder",
        ),
    };
    Error::new(kind, message).with_help(help).with_source(source)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::error::Error as _;

    use super::*;

    /// Fault 6: every reason got the same message, which named the folder.
    #[test]
    fn each_reason_has_its_own_message_that_names_the_lock_file() {
        let path = Path::new("/data/.datus-write.notes.lock");
        let reasons = [
            (io::Error::from(io::ErrorKind::PermissionDenied), "not permitted"),
            (io::Error::from(io::ErrorKind::ReadOnlyFilesystem), "read-only"),
            (io::Error::from(io::ErrorKind::QuotaExceeded), "no space left"),
            (io::Error::from_raw_os_error(ENOLCK), "ENOLCK"),
            (io::Error::from_raw_os_error(EIO), "EIO"),
            (io::Error::other("something else"), "cannot be locked"),
        ];
        for (reason, named) in reasons {
            let error = failed(path, reason);
            assert_eq!(error.kind(), ErrorKind::Engine);
            assert!(error.message().contains(named), "{error}");
            assert!(error.message().contains("/data/.datus-write.notes.lock"), "{error}");
            assert!(error.source().is_some() && error.help().is_some(), "{error:?}");
        }
    }

    #[test]
    fn a_deleted_or_replaced_lock_file_is_detected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let Attempt::Locked(held) = attempt(&path, false).unwrap() else { unreachable!("the lock is free") };
        assert!(held.is_at(&path));
        std::fs::remove_file(&path).unwrap();
        assert!(!held.is_at(&path));
        std::fs::write(&path, "").unwrap();
        assert!(!held.is_at(&path));
    }

    #[test]
    fn a_missing_folder_is_created_only_for_a_new_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gone").join("lock");
        assert_eq!(attempt(&path, false).unwrap_err().kind(), ErrorKind::TableNotFound);
        assert!(!folder.path().join("gone").exists());
        assert!(matches!(attempt(&path, true).unwrap(), Attempt::Locked(_)));
    }
}
