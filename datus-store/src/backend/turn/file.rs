//! The lock file: how it is opened and locked, and what is said when that fails.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// The error codes that the standard library has no names for.
const NO_LOCKS_LEFT: i32 = if cfg!(any(target_os = "linux", target_os = "android")) { 37 } else { 77 };
const DISK_FAILED: i32 = 5;
const WRONG_HANDLE: i32 = 9;

/// A locked file. It is unlocked when this is dropped.
#[derive(Debug)]
pub(super) struct HeldFile(File);

impl HeldFile {
    /// `true` unless the file was deleted or replaced since it was opened: then whoever comes next locks another file.
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
        // Closing the file does not unlock it while a child process that was just forked has a copy of the handle.
        let _ = self.0.unlock();
    }
}

#[cfg(unix)]
fn same_file(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere a file that is open can't be deleted.
#[cfg(not(unix))]
fn same_file(_: &std::fs::Metadata, _: &std::fs::Metadata) -> bool {
    true
}

/// The outcome of a lock that was tried without waiting.
#[derive(Debug)]
pub(super) enum Attempt {
    Locked(HeldFile),
    /// Somebody else holds the lock.
    Busy(File),
    /// The file system does not lock files.
    Unsupported,
}

/// Opens the lock file, creates it if it is missing, and tries to lock it.
///
/// # Errors
/// `Engine` when it can't be opened or locked, in words that name the file and the reason; `TableNotFound` when its
/// folder is missing and is not to be created.
pub(super) fn attempt(path: &Path, create_folder: bool) -> Result<Attempt> {
    let Opened { file, refused } = match open(path) {
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
    let needs_write = cfg!(unix) && error.raw_os_error() == Some(WRONG_HANDLE);
    Err(failed(path, refused.filter(|_| needs_write).unwrap_or(error)))
}

/// Locks the file, and blocks the thread until it is locked.
pub(super) fn lock_blocking(file: File, path: &Path) -> Result<HeldFile> {
    loop {
        match file.lock() {
            Ok(()) => return Ok(HeldFile(file)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(path, error)),
        }
    }
}

struct Opened {
    file: File,
    /// The reason why the file is open for reading only.
    refused: Option<io::Error>,
}

/// Opens the lock file for writing, or else for reading: the file may be that of another user.
///
/// It is created with mode 0666 less the umask. It is opened without being created first: Linux can be set to refuse
/// `O_CREAT` on files of other users in folders like `/tmp`.
fn open(path: &Path) -> io::Result<Opened> {
    let mut write = File::options();
    write.read(true).write(true);
    let writable = |file| Opened { file, refused: None };
    match write.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            write.create(true).truncate(false).open(path).map(writable)
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => match File::open(path) {
            Ok(file) => Ok(Opened { file, refused: Some(error) }),
            Err(error) => Err(error),
        },
        opened => opened.map(writable),
    }
}

/// Says what failed with a lock file.
pub(super) fn failed(path: &Path, source: io::Error) -> Error {
    let file = path.display();
    let code = source.raw_os_error().filter(|_| cfg!(unix));
    let (kind, message, help) = match source.kind() {
        io::ErrorKind::PermissionDenied => (
            ErrorKind::Engine,
            format!("this user is not permitted to open the lock file {file}"),
            "let the user of this program read and write the file and its folder",
        ),
        io::ErrorKind::ReadOnlyFilesystem => (
            ErrorKind::Engine,
            format!("the lock file {file} is on a read-only file system"),
            "mount it writable; reading needs no lock",
        ),
        io::ErrorKind::NotFound => (
            ErrorKind::TableNotFound,
            format!("the folder of the lock file {file} is gone, and the table with it"),
            "`Database::store` creates the table when it is opened",
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            ErrorKind::Engine,
            format!("there is no space left on the disk for the lock file {file}"),
            "make room and run the operation again",
        ),
        _ if code == Some(NO_LOCKS_LEFT) => (
            ErrorKind::Engine,
            format!("the system has no lock left for the lock file {file} (ENOLCK)"),
            "start the lock service of the network file system, or raise its limit",
        ),
        _ if code == Some(DISK_FAILED) => (
            ErrorKind::Engine,
            format!("the disk failed at the lock file {file} (EIO)"),
            "check the disk, or the connection to the network file system",
        ),
        _ => (
            ErrorKind::Engine,
            format!("the lock file {file} can't be locked"),
            "see the source of this error, and check the file and its folder",
        ),
    };
    Error::new(kind, message).with_help(help).with_source(source)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use std::error::Error as _;

    use super::*;

    /// Fault 6: each reason got the same words, which named the folder.
    #[test]
    fn each_reason_has_a_sentence_of_its_own_that_names_the_lock_file() {
        let path = Path::new("/data/.datus-write.notes.lock");
        let reasons = [
            (io::Error::from(io::ErrorKind::PermissionDenied), "not permitted"),
            (io::Error::from(io::ErrorKind::ReadOnlyFilesystem), "read-only"),
            (io::Error::from(io::ErrorKind::QuotaExceeded), "no space left"),
            (io::Error::from_raw_os_error(NO_LOCKS_LEFT), "ENOLCK"),
            (io::Error::from_raw_os_error(DISK_FAILED), "EIO"),
            (io::Error::other("something else"), "can't be locked"),
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
    fn a_file_that_was_deleted_or_replaced_is_not_the_one_that_is_locked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let Attempt::Locked(held) = attempt(&path, false).unwrap() else { unreachable!("nobody holds it") };
        assert!(held.is_at(&path));
        std::fs::remove_file(&path).unwrap();
        assert!(!held.is_at(&path));
        std::fs::write(&path, "").unwrap();
        assert!(!held.is_at(&path));
    }

    #[test]
    fn a_missing_folder_is_created_for_a_new_table_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gone").join("lock");
        assert_eq!(attempt(&path, false).unwrap_err().kind(), ErrorKind::TableNotFound);
        assert!(!folder.path().join("gone").exists());
        assert!(matches!(attempt(&path, true).unwrap(), Attempt::Locked(_)));
    }
}
