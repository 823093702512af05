//! One creator at a time. lancedb looks whether a table is there and commits later: of two that create the same table
//! at once the second one writes over the first, and what was added in between is gone from the latest version.

use std::fs::File;
use std::path::{Path, PathBuf};

use tokio::sync::{Mutex, MutexGuard};

use crate::error::{Error, ErrorKind, Result};

/// The file in the database's folder that is locked while a table is created.
const LOCK_FILE: &str = ".datus-create.lock";

/// Creators in this process.
static CREATING: Mutex<()> = Mutex::const_new(());

/// Held while a table is created: no other creator of this process, nor of another one on the same folder, goes on
/// meanwhile.
pub(super) struct Creation {
    /// The operating system drops the lock when the file is closed, also that of a process that is killed.
    _file: Option<File>,
    _process: MutexGuard<'static, ()>,
}

impl Creation {
    /// Waits for its turn. `folder` is `None` where the database is no folder of this machine.
    pub(super) async fn begin(folder: Option<PathBuf>) -> Result<Self> {
        let process = CREATING.lock().await;
        let file = match folder {
            Some(folder) => Some(lock(folder).await?),
            None => None,
        };
        Ok(Self { _file: file, _process: process })
    }
}

async fn lock(folder: PathBuf) -> Result<File> {
    let locked = tokio::task::spawn_blocking(move || lock_file(&folder)).await;
    let locked = locked.unwrap_or_else(|source| Err(std::io::Error::other(source)));
    locked.map_err(|source| {
        let message = "the database's folder can't be written: check that it is a folder and its permissions";
        Error::new(ErrorKind::Engine, message).with_source(source)
    })
}

fn lock_file(folder: &Path) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK_FILE))?;
    match file.lock() {
        // A file system without locks: the creators of this process are still kept apart.
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => Ok(file),
        locked => locked.map(|()| file),
    }
}
