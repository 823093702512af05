//! One writer at a time, where the engine alone does not keep writers apart.
//!
//! lancedb looks whether a table is there and commits later: of two that create the same table at once the second one
//! writes over the first. And a merge looks for the rows of its keys and commits later: two that insert the same new
//! key both find nothing and both insert. So creation, and writes to a table whose record has a key, take turns.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::{Error, ErrorKind, Result};
use crate::retry;

/// The name under which creators take turns; no table has it.
const CREATION: &str = "";

/// What stands behind a table's name where its indexes are built and its files mended. No table's name has the sign.
const UPKEEP: &str = "~upkeep";

/// The bounds of the wait before a lock that another process holds is asked for again.
const WAIT: Duration = Duration::from_millis(1);
const LONGEST_WAIT: Duration = Duration::from_millis(16);

/// Who waits for whom in one database.
#[derive(Clone)]
pub(crate) struct Turns {
    /// The folder of the database, where it is one of this machine: other processes on it wait too.
    folder: Option<PathBuf>,
    /// The waiting lines of this connection, one a table. Connections to one folder are kept apart by the lock file;
    /// a database in memory is its connection's own.
    tables: Arc<StdMutex<HashMap<String, Arc<Mutex<()>>>>>,
}

/// Held while a table is created or written: no other one of this process, nor of another one on the same folder,
/// goes on meanwhile.
pub(crate) struct Turn {
    /// The operating system drops the lock when the file is closed, also that of a process that is killed.
    file: Option<File>,
    _process: OwnedMutexGuard<()>,
    alone: bool,
}

impl Turn {
    /// Whether nobody else can write meanwhile. False on an object store, which has no locks.
    pub(crate) fn is_exclusive(&self) -> bool {
        self.alone || self.file.is_some()
    }
}

impl Turns {
    /// `folder` is `None` where the database is no folder of this machine.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, tables: Arc::default() }
    }

    /// Whether other processes wait too.
    pub(super) fn have_locks(&self) -> bool {
        self.folder.is_some()
    }

    /// Waits for the turn to create a table.
    pub(super) async fn creation(&self) -> Result<Turn> {
        self.take(CREATION, false).await
    }

    /// Waits for the turn to write to a table. `in_memory`: there are no other processes.
    pub(super) async fn write(&self, table: &str, in_memory: bool) -> Result<Turn> {
        self.take(table, in_memory).await
    }

    /// Waits for the turn to build and mend indexes of a table. Writers go on meanwhile.
    pub(super) async fn upkeep(&self, table: &str, in_memory: bool) -> Result<Turn> {
        self.take(&format!("{table}{UPKEEP}"), in_memory).await
    }

    async fn take(&self, table: &str, alone: bool) -> Result<Turn> {
        let line = {
            let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(tables.entry(table.to_owned()).or_default())
        };
        let process = line.lock_owned().await;
        let file = match &self.folder {
            Some(folder) => lock(folder, &lock_file_name(table)).await?,
            None => None,
        };
        Ok(Turn { file, _process: process, alone })
    }
}

/// The file in the database's folder that is locked.
fn lock_file_name(table: &str) -> String {
    if table == CREATION { ".datus-create.lock".to_owned() } else { format!(".datus-write.{table}.lock") }
}

/// Locks a file; `None` on a file system without locks, where the writers of one connection are still kept apart.
///
/// It asks again and again, with full jitter between: a call that blocks would hold a thread that cannot be given up,
/// and keep the program from ending while another process has the lock.
async fn lock(folder: &Path, name: &str) -> Result<Option<File>> {
    let file = open(folder, name).map_err(unusable)?;
    let mut attempt = 0;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => {
                tokio::time::sleep(retry::delay(attempt, WAIT, LONGEST_WAIT, fastrand::f64())).await;
                attempt = attempt.saturating_add(1);
            }
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                return Ok(None);
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
    }
}

fn open(folder: &Path, name: &str) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    File::options().create(true).truncate(false).write(true).open(folder.join(name))
}

fn unusable(source: std::io::Error) -> Error {
    let message = "the database's folder can't be written: check that it is a folder and its permissions";
    Error::new(ErrorKind::Engine, message).with_source(source)
}
