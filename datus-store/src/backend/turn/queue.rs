//! The order in which the tasks of one process get a lock.
//!
//! Tasks wait in a fair queue. Only the first one tries the lock file, and when another process holds it, a thread waits
//! for it there: waiting takes no polling, whatever the number of tasks. `flock` can't be called off, so the thread is
//! detached. It does not keep the program from ending, it serves whoever is first in the queue when it has the lock, and
//! it releases the lock at once when nobody waits any more.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as FairMutex, OwnedMutexGuard, oneshot};

use super::file::{self, Attempt, HeldFile};
use crate::error::{Error, ErrorKind, Result};

/// The memory of a thread that does nothing but wait.
const STACK: usize = 128 << 10;

/// How often a lock file that was deleted while it was waited for is created again.
const ROUNDS: usize = 8;

/// The queues of this process, by the path of the lock file.
static QUEUES: LazyLock<Mutex<HashMap<PathBuf, Weak<Queue>>>> = LazyLock::new(Mutex::default);

/// The queue of a lock file. All connections of the process share it.
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

/// The tasks that want one lock.
#[derive(Default)]
pub(super) struct Queue {
    line: Arc<FairMutex<()>>,
    at_file: Mutex<AtFile>,
}

/// The thread that waits at the lock file, and whom it waits for.
#[derive(Default)]
struct AtFile {
    has_thread: bool,
    first: Option<oneshot::Sender<Result<HeldFile>>>,
}

/// The first place in a queue. The next task gets it when this is dropped.
pub(super) struct Place {
    _guard: OwnedMutexGuard<()>,
    /// Keeps the queue the one of its file.
    _queue: Arc<Queue>,
}

impl Queue {
    /// Waits for the first place. A task that is dropped leaves the queue.
    pub(super) async fn enter(self: &Arc<Self>) -> Place {
        Place { _guard: Arc::clone(&self.line).lock_owned().await, _queue: Arc::clone(self) }
    }

    /// Takes the first place if nobody has it.
    pub(super) fn try_enter(self: &Arc<Self>) -> Option<Place> {
        let guard = Arc::clone(&self.line).try_lock_owned().ok()?;
        Some(Place { _guard: guard, _queue: Arc::clone(self) })
    }

    /// Locks the file for the task that has the first place; `None` on a file system without locks.
    pub(super) async fn lock(self: &Arc<Self>, path: &Path, create_folder: bool) -> Result<Option<HeldFile>> {
        let mut round = 0;
        loop {
            let held = match file::attempt(path, create_folder)? {
                Attempt::Locked(held) => held,
                Attempt::Busy(file) => self.wait_at(file, path).await?,
                Attempt::Unsupported => return Ok(None),
            };
            round += 1;
            if held.is_at(path) || round == ROUNDS {
                return Ok(Some(held));
            }
        }
    }

    async fn wait_at(self: &Arc<Self>, file: File, path: &Path) -> Result<HeldFile> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut at_file = self.at_file.lock().unwrap_or_else(PoisonError::into_inner);
            at_file.first = Some(sender);
            if !at_file.has_thread {
                let (queue, path) = (Arc::clone(self), path.to_owned());
                let thread = std::thread::Builder::new().name("datus-lock".to_owned()).stack_size(STACK);
                thread.spawn(move || queue.serve(file, &path)).map_err(|source| {
                    Error::new(ErrorKind::Engine, "the system has no thread left to wait for a lock")
                        .with_source(source)
                })?;
                at_file.has_thread = true;
            }
        }
        receiver.await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Engine, "the thread that waited for a lock ended before it had it"))
        })
    }

    /// Waits for the lock on a thread, and gives it to the task that is first then.
    fn serve(&self, file: File, path: &Path) {
        let held = file::lock_blocking(file, path);
        let mut at_file = self.at_file.lock().unwrap_or_else(PoisonError::into_inner);
        at_file.has_thread = false;
        if let Some(first) = at_file.first.take() {
            // A task that is gone does not take the lock, and it is released here.
            drop(first.send(held));
        }
    }
}
