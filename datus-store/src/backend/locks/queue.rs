//! The order in which the tasks of one process get a lock.
//!
//! Tasks wait in a fair queue. Only the first task tries to lock the file. If another process holds it, a thread blocks on the
//! file, so waiting needs no polling, even for many tasks. `flock` cannot be canceled, so the thread is detached and does not
//! prevent the program from exiting. When the thread gets the lock, it passes the lock to the task that is first in the queue
//! at that time, or releases it if no task is waiting.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as FairMutex, OwnedMutexGuard, oneshot};

use super::file::{self, Attempt, HeldFile};
use crate::error::{Error, ErrorKind, Result};

/// The stack size of the thread, which only waits.
const STACK_BYTES: usize = 128 << 10;

/// The maximum number of attempts to lock a file that other processes delete during the wait.
const MAX_ATTEMPTS: usize = 8;

/// The queues of this process, by the path of the lock file.
static QUEUES: LazyLock<Mutex<HashMap<PathBuf, Weak<Queue>>>> = LazyLock::new(Mutex::default);

/// Returns the queue of a lock file, which all connections of the process share.
pub(super) fn of_file(path: &Path) -> Arc<Queue> {
    let mut queues = QUEUES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(queue) = queues.get(path).and_then(Weak::upgrade) {
        return queue;
    }
    queues.retain(|_, queue| queue.strong_count() > 0);
    let queue = Arc::new(Queue::default());
    queues.insert(path.to_owned(), Arc::downgrade(&queue));
    queue
}

/// The tasks that wait for one lock.
#[derive(Default)]
pub(super) struct Queue {
    tasks: Arc<FairMutex<()>>,
    waiter: Mutex<FileWaiter>,
}

/// The thread that blocks on the lock file, and the task that it passes the lock to.
#[derive(Default)]
struct FileWaiter {
    has_thread: bool,
    first: Option<oneshot::Sender<Result<HeldFile>>>,
}

/// A guard for the head of a queue. Dropping it lets the next task proceed.
pub(super) struct QueueGuard {
    _guard: OwnedMutexGuard<()>,
    /// This keeps the queue alive, so that the lock file does not get a second queue.
    _queue: Arc<Queue>,
}

impl Queue {
    /// Waits to reach the head of the queue. A task that is dropped leaves the queue.
    pub(super) async fn enter(self: &Arc<Self>) -> QueueGuard {
        QueueGuard { _guard: Arc::clone(&self.tasks).lock_owned().await, _queue: Arc::clone(self) }
    }

    /// Takes the head of the queue if it is free.
    pub(super) fn try_enter(self: &Arc<Self>) -> Option<QueueGuard> {
        let guard = Arc::clone(&self.tasks).try_lock_owned().ok()?;
        Some(QueueGuard { _guard: guard, _queue: Arc::clone(self) })
    }

    /// Locks the file for the task at the head of the queue. Returns `None` on a file system without locks.
    pub(super) async fn lock(self: &Arc<Self>, path: &Path, create_folder: bool) -> Result<Option<HeldFile>> {
        let mut attempts = 0;
        loop {
            let held = match file::attempt(path, create_folder)? {
                Attempt::Locked(held) => held,
                Attempt::Busy(file) => self.wait_at(file, path).await?,
                Attempt::Unsupported => return Ok(None),
            };
            attempts += 1;
            if held.is_at(path) || attempts == MAX_ATTEMPTS {
                return Ok(Some(held));
            }
        }
    }

    async fn wait_at(self: &Arc<Self>, file: File, path: &Path) -> Result<HeldFile> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut waiter = self.waiter.lock().unwrap_or_else(PoisonError::into_inner);
            waiter.first = Some(sender);
            if !waiter.has_thread {
                let (queue, path) = (Arc::clone(self), path.to_owned());
                let thread =
                    std::thread::Builder::new().name("datus-lock".to_owned()).stack_size(STACK_BYTES);
                thread.spawn(move || queue.serve(file, &path)).map_err(|source| {
                    Error::new(ErrorKind::Engine, "no thread could be started to wait for a lock")
                        .with_source(source)
                })?;
                waiter.has_thread = true;
            }
        }
        receiver.await.unwrap_or_else(|_| {
            Err(Error::new(
                ErrorKind::Engine,
                "the thread that waited for a lock exited before it got the lock",
            ))
        })
    }

    /// Blocks until the file is locked, and passes the lock to the task that is first at that time.
    fn serve(&self, file: File, path: &Path) {
        let held = file::lock_blocking(file, path);
        let mut waiter = self.waiter.lock().unwrap_or_else(PoisonError::into_inner);
        waiter.has_thread = false;
        if let Some(first) = waiter.first.take() {
            // If the task was canceled, the send fails and this drop releases the lock.
            drop(first.send(held));
        }
    }
}
