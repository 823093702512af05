use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_schema::Schema;
use tokio::sync::oneshot;

use super::execute::{Done, Effect, SmallWrite, execute};
use super::no_addresses;
use super::queue::Queue;
use super::rows::RowsByKey;
use crate::backend::{Attempts, DatasetVersion, Table, Turn};
use crate::error::{Error, ErrorKind, Result};
use crate::store::changed::{rows_changed, unwritable};
use crate::store::core::Core;
use crate::store::current::Current;
use crate::store::ingest::{MadeVectors, TextsOf};
use crate::store::trace::unwound;

/// The most rows of one commit, over all its writes.
const MOST_ROWS: usize = 4096;

/// The small writes of a table that wait for the lock.
pub(in crate::store) struct Group {
    table: Table,
    queue: Queue<Request>,
    /// The number of writes that have begun.
    begun: AtomicU64,
    /// The number of writes that have come to the queue.
    queued: AtomicU64,
}

/// The place of a write among those of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct Place(u64);

/// A write that waits for a commit.
struct Request {
    place: Place,
    /// The number of writes that came to the queue before it.
    queued: u64,
    core: Arc<Core>,
    write: Arc<SmallWrite>,
    made: MadeVectors,
    texts_of: TextsOf,
    answer: oneshot::Sender<Result<Option<Done>>>,
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

    /// The group that a write of a store takes part in: for a write that commits alone one of its own.
    pub(in crate::store) fn of(current: &Current, alone: bool) -> Arc<Self> {
        if alone { Arc::new(Self::new(current.table())) } else { Arc::clone(current.group()) }
    }

    /// Returns the place of a write that begins now: after all that have begun.
    pub(in crate::store) fn next_place(&self) -> Place {
        Place(self.begun.fetch_add(1, Ordering::Relaxed))
    }

    /// Makes a write in the next commit. Returns `None`, and does nothing, if vectors are missing in `made`: another writer
    /// changed a text of its rows.
    pub(super) async fn commit(
        self: &Arc<Self>,
        core: &Arc<Core>,
        place: Place,
        write: &Arc<SmallWrite>,
        made: &MadeVectors,
        texts_of: TextsOf,
    ) -> Result<Option<Done>> {
        let (answer, answered) = oneshot::channel();
        let queued = self.queued.fetch_add(1, Ordering::Relaxed);
        let (core, write, made) = (Arc::clone(core), Arc::clone(write), made.clone());
        let request = Request { place, queued, core, write, made, texts_of, answer };
        let lead = |permit| {
            let group = Arc::clone(self);
            async move {
                // The answers of a leader that panics are dropped, which their writes report.
                let led = unwound(async {
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
        let lock = match self.table.turn().await {
            Ok(lock) => Arc::new(lock),
            // All writes that had come before have waited for as long.
            Err(error) => return fail(self.queue.take(|request| request.queued < queued), error),
        };
        let mut rows = 0;
        let requests = self.queue.take(|request| {
            let first = rows == 0;
            rows += request.write.rows().max(1);
            first || rows <= MOST_ROWS
        });
        // A write that nobody waits for any more does not take part. From here on, those that do are done to the end.
        let mut requests: Vec<Request> =
            requests.into_iter().filter(|request| !request.answer.is_closed()).collect();
        // A write may have come to the queue before one that began earlier, and waited for the model.
        requests.sort_by_key(|request| request.place);
        if !requests.is_empty() {
            self.commit_all(&lock, requests).await;
        }
    }

    /// Runs the writes one after the other, and commits their effects.
    async fn commit_all(&self, lock: &Arc<Turn>, requests: Vec<Request>) {
        let mut attempts = Attempts::new(&self.table);
        loop {
            let attempt = async {
                attempts.next().await?;
                self.executed(&requests).await
            };
            let (at, rows, effects) = match attempt.await {
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
                self.index_key(lock, &request.core, &at, &effects).await;
            }
            for (request, effect) in requests.into_iter().zip(effects) {
                let done = effect.map(|effect| match effect {
                    Effect::Unembedded(_) => None,
                    Effect::Done(done) => Some(Done { version: version.filter(|_| done.wrote()), ..done }),
                });
                // Nobody hears of a write whose future was dropped.
                let _ = request.answer.send(done);
            }
            return;
        }
    }

    /// Runs the writes on the newest version. The error of one write is its own.
    async fn executed(
        &self,
        requests: &[Request],
    ) -> Result<(DatasetVersion, RowsByKey, Vec<Result<Effect>>)> {
        let at = self.table.dataset_version().await?.ok_or_else(no_addresses)?;
        let Some(first) = requests.first() else {
            return Err(Error::new(ErrorKind::Engine, "a commit was to be made of no writes"));
        };
        let keys = requests.iter().filter_map(|request| request.write.keys());
        let mut rows = RowsByKey::read(&first.core, &at, keys).await?;
        let mut effects = Vec::with_capacity(requests.len());
        for Request { core, write, made, texts_of, .. } in requests {
            effects.push(match core.check_schema(write, at.schema()) {
                Ok(()) => Box::pin(execute(core, write, made, *texts_of, &mut rows)).await,
                Err(error) => Err(error),
            });
        }
        Ok((at, rows, effects))
    }

    /// Indexes the key of a table that has become large.
    async fn index_key(&self, lock: &Turn, core: &Core, at: &DatasetVersion, effects: &[Result<Effect>]) {
        let columns = core.key_columns();
        if columns.is_empty() || at.rows() < self.table.key_index_from() {
            return;
        }
        let mut indexed = true;
        for column in &columns {
            // An index that cannot be looked up is found missing again by the next write.
            indexed &= at.has_index(column).await.unwrap_or(true);
        }
        if !indexed {
            let inserted = effects.iter().flatten().map(Effect::inserted).sum();
            self.table.index_key(lock, &columns, inserted).await;
        }
    }
}

impl Core {
    /// Fails where the table is no longer what it was when it was opened, as far as the write is concerned.
    ///
    /// # Errors
    /// `TableChanged`.
    pub(super) fn check_schema(&self, write: &SmallWrite, now: &Schema) -> Result<()> {
        if write.embeds() {
            self.check_models_of(now)?;
            unwritable(&self.record, now).map_or(Ok(()), Err)
        } else {
            rows_changed(&self.record, &self.opened, now).map_or(Ok(()), Err)
        }
    }
}

/// Fails all writes for one reason.
fn fail(requests: Vec<Request>, error: Error) {
    let errors = error.repeated(requests.len());
    for (request, error) in requests.into_iter().zip(errors) {
        // A write whose future was dropped does not wait for its answer.
        let _ = request.answer.send(Err(error));
    }
}
