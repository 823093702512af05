use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_schema::Schema;
use tokio::sync::oneshot;

use super::execute::{Execution, SmallWrite, WriteCounts, execute};
use super::rows::RowsByKey;
use crate::backend::{Attempts, DatasetVersion, Table, TableLock};
use crate::error::{Error, ErrorKind, Result};
use crate::store::changed::{row_change_error, unwritable_error};
use crate::store::core::{Core, Queue};
use crate::store::trace::catch_panic;
use crate::store::write::ingest::{TextsOf, VectorCache};

/// The maximum number of rows in one commit, summed over its writes.
const MAX_ROWS: usize = 4096;

/// The small writes of a table that wait for the write lock.
pub(in crate::store) struct Group {
    table: Table,
    queue: Queue<Request>,
    /// The number of writes that were started.
    begun: AtomicU64,
    /// The number of writes that entered the queue.
    queued: AtomicU64,
}

/// The sequence number of a write in the order of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct SequenceNumber(u64);

/// A write that waits for a commit.
struct Request {
    sequence: SequenceNumber,
    /// The number of writes that entered the queue before it.
    queued: u64,
    core: Arc<Core>,
    write: Arc<SmallWrite>,
    made: VectorCache,
    texts_of: TextsOf,
    answer: oneshot::Sender<Result<Option<WriteCounts>>>,
}

impl Group {
    pub(in crate::store) fn new(table: &Table) -> Self {
        Self {
            table: table.clone(),
            queue: Queue::new(1),
            begun: AtomicU64::new(0),
            queued: AtomicU64::new(0),
        }
    }

    /// Returns the sequence number of a write that starts now, after all writes that were started before.
    pub(in crate::store) fn next_sequence(&self) -> SequenceNumber {
        SequenceNumber(self.begun.fetch_add(1, Ordering::Relaxed))
    }

    /// Adds a write to the next commit. If vectors are missing from the cache, because another writer changed a text of the
    /// rows, does nothing and returns `None`.
    pub(super) async fn commit(
        self: &Arc<Self>,
        core: &Arc<Core>,
        sequence: SequenceNumber,
        write: &Arc<SmallWrite>,
        made: &VectorCache,
        texts_of: TextsOf,
    ) -> Result<Option<WriteCounts>> {
        let (answer, answered) = oneshot::channel();
        let queued = self.queued.fetch_add(1, Ordering::Relaxed);
        let (core, write, made) = (Arc::clone(core), Arc::clone(write), made.clone());
        let request = Request { sequence, queued, core, write, made, texts_of, answer };
        let lead = |permit| {
            let group = Arc::clone(self);
            async move {
                // If a leader panics, its answers are dropped, and the writes that wait for them fail.
                let led = catch_panic(async {
                    group.lead().await;
                    Ok(())
                });
                if let Err(error) = led.await {
                    tracing::error!(target: "datus_store", %error, "a commit of small writes failed");
                }
                drop(permit);
            }
        };
        self.queue.submit(request, answered, lead).await?
    }

    async fn lead(&self) {
        let queued = self.queued.load(Ordering::Relaxed);
        let lock = match self.table.write_lock().await {
            Ok(lock) => Arc::new(lock),
            // Writes that entered the queue before this leader have waited at least as long for the lock, so they fail too.
            Err(error) => return fail(self.queue.take(|request| request.queued < queued), error),
        };
        let mut rows = 0;
        let requests = self.queue.take(|request| {
            let first = rows == 0;
            rows += request.write.rows().max(1);
            first || rows <= MAX_ROWS
        });
        // A write whose future was dropped does not take part. From here on, the other writes cannot be canceled.
        let mut requests: Vec<Request> =
            requests.into_iter().filter(|request| !request.answer.is_closed()).collect();
        // A write may have entered the queue before a write that was started earlier but waited for the model.
        requests.sort_by_key(|request| request.sequence);
        if !requests.is_empty() {
            self.commit_all(&lock, requests).await;
        }
    }

    /// Runs the writes one after another, and commits their effects.
    async fn commit_all(&self, lock: &Arc<TableLock>, requests: Vec<Request>) {
        let mut attempts = Attempts::new(&self.table);
        loop {
            let attempt = async {
                attempts.start().await?;
                self.executed(&requests).await
            };
            let (at, rows, executions) = match attempt.await {
                Ok(executed) => executed,
                Err(error) => return fail(requests, error),
            };
            let change = match rows.change() {
                Ok(change) => change,
                Err(error) => return fail(requests, error),
            };
            let version = match change {
                None => None,
                Some(change) => match self.table.change_rows(lock, &at, change).await {
                    Ok(Some(version)) => Some(version),
                    Ok(None) => continue,
                    Err(error) => return fail(requests, error),
                },
            };
            if let (Some(_), Some(request)) = (version, requests.first()) {
                self.index_key(lock, &request.core, &at, &executions).await;
            }
            for (request, execution) in requests.into_iter().zip(executions) {
                let done = execution.map(|execution| match execution {
                    Execution::MissingVectors(_) => None,
                    Execution::Applied(done) => {
                        Some(WriteCounts { version: version.filter(|_| done.wrote()), ..done })
                    }
                });
                // A write whose future was dropped does not wait for its answer.
                let _ = request.answer.send(done);
            }
            return;
        }
    }

    /// Runs the writes on the newest version. An error in one write does not affect the others.
    async fn executed(
        &self,
        requests: &[Request],
    ) -> Result<(DatasetVersion, RowsByKey, Vec<Result<Execution>>)> {
        let at = self.table.dataset_version().await?.ok_or_else(no_addresses)?;
        let Some(first) = requests.first() else {
            return Err(Error::new(ErrorKind::Engine, "a commit of small writes contains no writes"));
        };
        let keys = requests.iter().filter_map(|request| request.write.keys());
        let mut rows = RowsByKey::read(&first.core, &at, keys).await?;
        let mut executions = Vec::with_capacity(requests.len());
        for Request { core, write, made, texts_of, .. } in requests {
            executions.push(match core.check_schema(write, at.schema()) {
                Ok(()) => Box::pin(execute(core, write, made, *texts_of, &mut rows)).await,
                Err(error) => Err(error),
            });
        }
        Ok((at, rows, executions))
    }

    /// Builds the key's indexes if the table has become large.
    async fn index_key(
        &self,
        lock: &TableLock,
        core: &Core,
        at: &DatasetVersion,
        executions: &[Result<Execution>],
    ) {
        let columns = core.own_key_columns();
        if columns.is_empty() || at.rows() < self.table.key_index_from() {
            return;
        }
        let mut indexed = true;
        for column in &columns {
            // If this lookup fails, the next write tries again.
            indexed &= at.has_index(column).await.unwrap_or(true);
        }
        if !indexed {
            let inserted = executions.iter().flatten().map(Execution::inserted).sum();
            self.table.index_key(lock, &columns, inserted).await;
        }
    }
}

impl Core {
    /// Fails if the table has changed since it was opened, in a way that affects the write.
    ///
    /// # Errors
    /// `TableChanged`.
    pub(super) fn check_schema(&self, write: &SmallWrite, now: &Schema) -> Result<()> {
        if write.embeds() {
            self.check_models_of(now)?;
            unwritable_error(&self.record, now).map_or(Ok(()), Err)
        } else {
            row_change_error(&self.record, &self.opened, now).map_or(Ok(()), Err)
        }
    }
}

/// Fails all writes with the same error.
fn fail(requests: Vec<Request>, error: Error) {
    let errors = error.repeated(requests.len());
    for (request, error) in requests.into_iter().zip(errors) {
        // A write whose future was dropped does not wait for its answer.
        let _ = request.answer.send(Err(error));
    }
}

pub(super) fn no_addresses() -> Error {
    let message = "the table's rows changed to a different kind of address while the write waited";
    Error::new(ErrorKind::Conflict, message).with_help("run the operation again")
}
