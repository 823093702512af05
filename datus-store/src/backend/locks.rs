//! Locks on tables, for operations that the engine does not isolate from each other.
//!
//! lancedb checks that a table is missing and creates it later: if two programs create the same table concurrently, the
//! second overwrites the first. A merge looks up the rows of its keys and commits later: if two merges insert the same new
//! key, both find no row and both insert it. A drop deletes files while a writer commits. Creation, writes and drops
//! therefore hold a lock.
//!
//! There are four kinds of lock. Each lock is a file in the database's folder: `.datus-create.lock` for creating and
//! removing tables, `.datus-write.TABLE.lock` for commits, `.datus-write.TABLE~upkeep.lock` for indexes and compaction, and
//! `.datus-write.TABLE~reembed.lock` for re-embedding a table. Code that takes several locks takes them in this order:
//! re-embedding, maintenance, write, creation. A `TableLock` is a lock that is held.
//!
//! | file | concern |
//! |---|---|
//! | `locks/queue.rs` | the order of the tasks of this process: one queue per lock file for all connections |
//! | `locks/file.rs` | opening and locking the file, and a message for each failure |
//! | `locks/wait.rs` | the time limit for a wait, and the log of long waits |
//! | `locks/drops.rs` | the number of drops of a table, which is the length of `.datus-drops.TABLE` |
//!
//! - **Waiting.** Tasks wait in the queue of a fair mutex. Only the first task tries to lock the file. If another process
//!   holds the lock, one detached thread blocks in `flock` and passes the lock to the task that is first by then. The thread
//!   does not prevent the program from exiting, and releases a lock that no task is waiting for any longer. No task is woken
//!   while it waits; with polling, 200 tasks were woken 19,000 times a second.
//! - **Files.** A lock file is opened for writing, or for reading if it belongs to another user. NFS locks only files that
//!   are open for writing. A lock file is never removed, because other processes may be waiting for it. If someone removes
//!   it, the next task that locks it detects that the path has a different inode, and locks the new file.
//! - **No locks.** The first attempt to lock (`Table::check_lockable`, or any lock) detects `ENOSYS` and `EOPNOTSUPP`. From
//!   then on, writes rely only on conditional commits, as on an object store.
//! - **Drops** (`backend/drop_table.rs`) hold the maintenance, write and creation locks. In a folder, the table is renamed
//!   to `.datus-dropped-…`, which is atomic for readers, and deleted after the locks are released. The next connection,
//!   creation or drop deletes what a killed drop left behind. On an object store, the manifests are deleted first, the
//!   newest one last. Each drop is counted. A task that gets a lock compares the count with its value when the table was
//!   opened: an `add` that began before the table was dropped and created again must not commit files that no longer exist.

mod drops;
mod file;
mod name;
mod queue;
mod wait;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use self::file::{Attempt, HeldFile};
use self::name::LockName;
use self::queue::{Queue, QueueGuard};
use self::wait::Wait;
use crate::error::Result;

/// The scope in which a database's locks apply.
#[derive(Debug)]
pub(super) enum LockScope {
    /// The memory of one connection, which no other process can access.
    Memory,
    /// A folder on this machine. Its lock files exclude other processes.
    Folder(PathBuf),
    /// An object store or a service, which has no locks.
    Remote,
}

/// The settings of a connection's locks.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct LockOptions {
    /// The maximum wait for a lock; `None` for no limit.
    pub(super) timeout: Option<Duration>,
    /// `true` to treat a folder as if its file system had no locks, and other connections as if they were on other machines.
    pub(super) disabled: bool,
}

/// The locks of one database.
#[derive(Clone)]
pub(crate) struct TableLocks(Arc<LockState>);

struct LockState {
    location: LockScope,
    options: LockOptions,
    /// `false` once the file system turns out not to lock files.
    lockable: AtomicBool,
    /// `true` once the lack of locks has been logged.
    warned: AtomicBool,
    /// The queues of a database without lock files, by lock name. The queues of lock files are shared by the whole process.
    queues: Mutex<HashMap<String, Arc<Queue>>>,
    /// The number of drops of each table, for an in-memory database.
    drops: Mutex<HashMap<String, u64>>,
}

/// A held lock. The lock is released when this is dropped, or when the process exits.
pub(crate) struct TableLock {
    /// This field is declared first, so that the file is unlocked before the next task of this process tries to lock it.
    _file: Option<HeldFile>,
    _queue: QueueGuard,
}

impl TableLocks {
    pub(super) fn new(location: LockScope, options: LockOptions) -> Self {
        let location = match location {
            // All connections of the process must use the same path for the lock file, even if they reach the folder through
            // links.
            LockScope::Folder(folder) => LockScope::Folder(std::fs::canonicalize(&folder).unwrap_or(folder)),
            other => other,
        };
        let lockable = matches!(location, LockScope::Folder(_)) && !options.disabled;
        Self(Arc::new(LockState {
            location,
            options,
            lockable: AtomicBool::new(lockable),
            warned: AtomicBool::new(false),
            queues: Mutex::default(),
            drops: Mutex::default(),
        }))
    }

    /// Returns the folder of the database, if it is a folder on this machine.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.0.location {
            LockScope::Folder(folder) => Some(folder),
            LockScope::Memory | LockScope::Remote => None,
        }
    }

    /// Returns `true` if a lock excludes all other writers. A file system without locks is detected only by the first attempt
    /// to lock. Before that attempt, this returns `true` for it.
    pub(super) fn are_exclusive(&self) -> bool {
        self.is_in_memory() || self.0.lockable.load(Ordering::Relaxed)
    }

    /// Waits for the lock that is required to create or remove a table of the database.
    pub(super) async fn creation(&self) -> Result<TableLock> {
        self.acquire(LockName::Creation).await
    }

    /// Waits for the write lock of a table.
    pub(super) async fn write(&self, table: &str) -> Result<TableLock> {
        self.acquire(LockName::Write(table)).await
    }

    /// Waits for the maintenance lock of a table, which is required to build indexes and compact files. It does not block
    /// writers.
    pub(super) async fn maintenance(&self, table: &str) -> Result<TableLock> {
        self.acquire(LockName::Maintenance(table)).await
    }

    /// Takes the maintenance lock of a table without waiting. Returns `None` while another task or process holds it.
    pub(super) fn try_maintenance(&self, table: &str) -> Result<Option<TableLock>> {
        self.warn_if_disabled();
        let lock = LockName::Maintenance(table);
        let path = self.path(&lock);
        let queue = self.queue(&lock, path.as_deref());
        let Some(guard) = queue.try_enter() else { return Ok(None) };
        let Some(path) = path else { return Ok(Some(TableLock { _file: None, _queue: guard })) };
        match file::attempt(&path, lock.may_create_folder())? {
            // If the lock file was deleted in the meantime, other processes lock a new file.
            Attempt::Locked(held) if held.is_at(&path) => {
                Ok(Some(TableLock { _file: Some(held), _queue: guard }))
            }
            Attempt::Locked(_) | Attempt::Busy(_) => Ok(None),
            Attempt::Unsupported => {
                self.without_locks();
                Ok(Some(TableLock { _file: None, _queue: guard }))
            }
        }
    }

    /// Returns a number that is shared only by connections with the same locks, or 0 if the location of the database identifies
    /// the locks.
    pub(super) fn scope(&self) -> usize {
        let by_location = !self.is_in_memory() && !self.0.options.disabled;
        if by_location { 0 } else { Arc::as_ptr(&self.0).addr() }
    }

    /// Waits for the re-embedding lock of a table.
    pub(super) async fn reembedding(&self, table: &str) -> Result<TableLock> {
        self.acquire(LockName::Reembedding(table)).await
    }

    /// Checks that this process can take the write lock of a table, without waiting for it. Succeeds even if another writer
    /// holds the lock.
    ///
    /// # Errors
    /// `Engine` when the lock file cannot be opened or locked; `TableNotFound` when the database's folder no longer exists.
    pub(super) fn check(&self, table: &str) -> Result<()> {
        let lock = LockName::Write(table);
        let Some(path) = self.path(&lock) else {
            self.warn_if_disabled();
            return Ok(());
        };
        match file::attempt(&path, lock.may_create_folder())? {
            Attempt::Locked(_) | Attempt::Busy(_) => {}
            Attempt::Unsupported => self.without_locks(),
        }
        Ok(())
    }

    async fn acquire(&self, lock: LockName<'_>) -> Result<TableLock> {
        let path = self.path(&lock);
        let queue = self.queue(&lock, path.as_deref());
        self.warn_if_disabled();
        let waiting = async {
            let guard = queue.enter().await;
            let file = match &path {
                Some(path) => queue.lock(path, lock.may_create_folder()).await?,
                None => None,
            };
            if path.is_some() && file.is_none() {
                self.without_locks();
            }
            Ok(TableLock { _file: file, _queue: guard })
        };
        Wait { lock: &lock, file: path.as_deref() }.bounded(self.0.options.timeout, waiting).await
    }

    fn is_in_memory(&self) -> bool {
        matches!(self.0.location, LockScope::Memory)
    }

    /// Returns the path of the lock file, if the database has lock files.
    fn path(&self, lock: &LockName<'_>) -> Option<PathBuf> {
        let folder = self.folder().filter(|_| !self.0.options.disabled)?;
        Some(folder.join(lock.file_name()))
    }

    fn queue(&self, lock: &LockName<'_>, path: Option<&Path>) -> Arc<Queue> {
        match path {
            Some(path) => queue::of_file(path),
            None => self.own_queue(lock),
        }
    }

    fn own_queue(&self, lock: &LockName<'_>) -> Arc<Queue> {
        let mut queues = self.0.queues.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(lock.file_name()).or_default())
    }

    fn warn_if_disabled(&self) {
        if self.0.options.disabled && self.folder().is_some() {
            self.without_locks();
        }
    }

    /// Records that the file system does not lock files, and logs it once.
    fn without_locks(&self) {
        self.0.lockable.store(false, Ordering::Relaxed);
        if let Some(folder) = self.folder()
            && !self.0.warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                target: "datus_store",
                folder = %folder.display(),
                "the file system of the database does not lock files, so only commits detect concurrent writers"
            );
        }
    }
}
