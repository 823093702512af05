//! One writer at a time, where the engine alone does not keep writers apart.
//!
//! lancedb looks whether a table is there and commits later: of two that create the same table at once the second one
//! writes over the first. And a merge looks for the rows of its keys and commits later: two that insert the same new
//! key both find nothing and both insert. So creation, and writes to a table whose record has a key, take turns.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::{Error, ErrorKind, Result};

/// The name under which creators take turns; no table has it.
const CREATION: &str = "";

/// Who waits for whom in one database.
#[derive(Clone)]
pub(crate) struct Turns {
    /// The folder of the database, where it is one of this machine: other processes on it wait too.
    folder: Option<PathBuf>,
    /// The waiting lines of this process, one a table. Those of a folder are shared by all its connections through the
    /// lock file; those of a database in memory are the connection's own, as its tables are.
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

    /// Waits for the turn to create a table.
    pub(super) async fn creation(&self) -> Result<Turn> {
        self.take(CREATION, false).await
    }

    /// Waits for the turn to write to a table. `in_memory`: there are no other processes.
    pub(super) async fn write(&self, table: &str, in_memory: bool) -> Result<Turn> {
        self.take(table, in_memory).await
    }

    async fn take(&self, table: &str, alone: bool) -> Result<Turn> {
        let line = {
            let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(tables.entry(table.to_owned()).or_default())
        };
        let process = line.lock_owned().await;
        let file = match &self.folder {
            Some(folder) => lock(folder.clone(), lock_file_name(table)).await?,
            None => None,
        };
        Ok(Turn { file, _process: process, alone })
    }
}

/// The file in the database's folder that is locked.
fn lock_file_name(table: &str) -> String {
    if table == CREATION { ".datus-create.lock".to_owned() } else { format!(".datus-write.{table}.lock") }
}

async fn lock(folder: PathBuf, name: String) -> Result<Option<File>> {
    let locked = tokio::task::spawn_blocking(move || lock_file(&folder, &name)).await;
    let locked = locked.unwrap_or_else(|source| Err(std::io::Error::other(source)));
    locked.map_err(|source| {
        let message = "the database's folder can't be written: check that it is a folder and its permissions";
        Error::new(ErrorKind::Engine, message).with_source(source)
    })
}

/// `None` on a file system without locks: there the writers of one connection are still kept apart.
fn lock_file(folder: &Path, name: &str) -> std::io::Result<Option<File>> {
    std::fs::create_dir_all(folder)?;
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(name))?;
    match file.lock() {
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => Ok(None),
        locked => locked.map(|()| Some(file)),
    }
}
