use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::locks::{TableLock, TableLocks};
use crate::error::Result;

/// The site of a table: its locks, and its folder if it is on this machine.
#[derive(Clone)]
pub(super) struct TableSite(Arc<TableSiteState>);

struct TableSiteState {
    locks: TableLocks,
    /// The name of the table as used in the names of its lock files.
    name: String,
    folder: Option<PathBuf>,
    database: String,
}

impl TableSite {
    /// Creates a site. `name` is the table's name as used in the names of its lock files, `folder` is the table's folder,
    /// and `database` identifies the location of its database.
    pub(super) fn new(locks: TableLocks, name: String, folder: Option<PathBuf>, database: String) -> Self {
        Self(Arc::new(TableSiteState { locks, name, folder, database }))
    }

    pub(super) fn locks(&self) -> &TableLocks {
        &self.0.locks
    }

    /// Returns the folder of the table, if it is a folder on this machine.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.0.folder.as_deref()
    }

    /// Returns a string that identifies the location of the table's database. It is the same for all spellings of the location.
    pub(super) fn database(&self) -> &str {
        &self.0.database
    }

    /// Waits for the write lock of the table.
    pub(super) async fn write_lock(&self) -> Result<TableLock> {
        self.0.locks.write(&self.0.name).await
    }

    /// Waits for the maintenance lock of the table.
    pub(super) async fn maintenance_lock(&self) -> Result<TableLock> {
        self.0.locks.maintenance(&self.0.name).await
    }

    /// Takes the maintenance lock without waiting. Returns `None` while another task or process holds it.
    pub(super) fn try_maintenance_lock(&self) -> Result<Option<TableLock>> {
        self.0.locks.try_maintenance(&self.0.name)
    }

    /// Waits for the re-embedding lock of the table.
    pub(super) async fn reembedding_lock(&self) -> Result<TableLock> {
        self.0.locks.reembedding(&self.0.name).await
    }

    /// Checks that this process can take the write lock, without waiting for it.
    pub(super) fn check_lockable(&self) -> Result<()> {
        self.0.locks.check(&self.0.name)
    }

    /// Returns the number of times that the table was dropped.
    pub(super) fn drops(&self) -> Result<u64> {
        self.0.locks.drops_of(&self.0.name)
    }

    /// Counts a drop. The caller must hold all locks of the table.
    pub(super) fn count_drop(&self) -> Result<()> {
        self.0.locks.count_drop(&self.0.name)
    }
}
