use std::future::IntoFuture;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::{Stream, StreamExt, TryStreamExt};

use super::core::Core;
use super::group::{self, Group, Input, SmallWrite};
use super::ingest::{
    Chunk, ChunkRows, KeySet, Keys, Meter, Progress, RowSource, TextsOf, came_so_far, embedded, fallible,
    infallible, texts_of,
};
use super::unique::{Unique, duplicate_key};
use super::{Store, traced};
use crate::backend::{Attempts, Written};
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::record::{EmbeddingRecord, IntoRow};

/// What [`Store::add`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Added {
    /// The rows added.
    pub rows: usize,
    /// The texts embedded: each different text of the rows in flight once.
    pub embedded: usize,
    /// The version of the table that has the rows; `None` when there were none to add.
    pub version: Option<u64>,
}

/// Adds rows when it is awaited. Made by [`Store::add`] and [`Store::add_stream`].
#[derive(Debug)]
#[must_use = "nothing is written until it is awaited"]
pub struct Add<'a, R> {
    store: &'a Store<R>,
    source: RowSource<'a>,
    alone: bool,
}

impl<R: EmbeddingRecord> Store<R> {
    /// Adds rows, in one commit whatever their number. Texts are embedded on the way, equal ones in flight once.
    ///
    /// A row is an `R`, an [`Embedded<R>`](crate::Embedded) that brings its vectors, or a reference to either. A row whose text is
    /// `None` or blank gets a null vector, which no search returns. Rows are read, encoded, embedded and written at
    /// the same time; memory does not grow with their number, but for 10 to 11.5 bytes a row where the record has a key.
    ///
    /// An error, or dropping the future, leaves the table as it was. The write is serializable: keys are looked up in the
    /// version that the commit follows, whatever other writers do at the same time.
    ///
    /// # Errors
    /// `InvalidInput` for a value that does not fit its column, a vector of another model or size, or a key that is in
    /// the table already or twice among the rows: [`upsert`](Store::upsert) replaces rows. `Conflict` when other writers
    /// changed the table first in each attempt. `Model` when the model fails or breaks its contract; `SchemaMismatch` when
    /// the table lacks a column; `Engine` when the storage fails. The message says how far the operation came.
    pub fn add<'a, W, I>(&'a self, rows: I) -> Add<'a, R>
    where
        W: IntoRow<R> + 'a,
        I: IntoIterator<Item = W>,
        I::IntoIter: Send + 'a,
    {
        Add { store: self, source: RowSource::new::<R, _, _>(infallible(rows.into_iter())), alone: false }
    }

    /// Adds the rows of a stream, as [`add`](Store::add) does.
    ///
    /// # Errors
    /// As [`add`](Store::add), and `Source` for an error of the stream, which is its source; nothing is written.
    pub fn add_stream<'a, W, E, S>(&'a self, rows: S) -> Add<'a, R>
    where
        W: IntoRow<R> + 'a,
        E: Into<BoxError> + 'a,
        S: Stream<Item = Result<W, E>> + Send + 'a,
    {
        Add { store: self, source: RowSource::new::<R, _, _>(fallible(rows)), alone: false }
    }
}

impl<'a, R> Add<'a, R> {
    /// Makes a commit for this write only. Without it, a write of at most 256 rows shares its commit with other small writes
    /// that wait for the lock at the same time: each keeps its own result, and its own place in their order.
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// Calls back after every step, from the task that awaits the write: keep it short.
    pub fn progress(mut self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        self.source.set_progress(callback);
        self
    }

    /// Says how many rows there are, where the source does not know it, for [`Progress::total`].
    pub fn total(mut self, rows: usize) -> Self {
        self.source.set_total(rows);
        self
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Add<'a, R> {
    type Output = Result<Added>;
    type IntoFuture = BoxFuture<'a, Result<Added>>;

    fn into_future(self) -> Self::IntoFuture {
        let (core, current) = (self.store.core(), Arc::clone(&self.store.current));
        let group = Group::of(&current, self.alone);
        let (rows, meter) = self.source.open();
        Box::pin(current.written(traced!("add", R::TABLE).run(
            async move {
                let chunks = rows.chunks(&core, ChunkRows::Added, &meter);
                add(&core, &group, chunks, texts_of::<R>, &meter)
                    .await
                    .map_err(|error| came_so_far(error, &meter))
            },
            |added| added.rows,
        )))
    }
}

async fn add(
    core: &Arc<Core>,
    group: &Arc<Group>,
    chunks: impl Stream<Item = Result<Chunk>> + Send,
    texts_of: TextsOf,
    meter: &Meter<'_>,
) -> Result<Added> {
    let place = group.next_place();
    match group::input(core, chunks).await? {
        Input::Small(chunk, at) => {
            let keys = Keys::of(&core.record, &chunk.columns)?;
            if let Some(keys) = &keys
                && let Some(row) = KeySet::default().extend(keys)
            {
                return Err(duplicate_key(keys, row));
            }
            let done = group::write(core, group, place, SmallWrite::Add { chunk, keys }, at, texts_of, meter)
                .await?;
            Ok(Added { rows: done.inserted, embedded: done.embedded, version: done.version })
        }
        Input::Large(chunks) => add_large(core, chunks, meter).await,
    }
}

async fn add_large(
    core: &Core,
    chunks: impl Stream<Item = Result<Chunk>> + Send,
    meter: &Meter<'_>,
) -> Result<Added> {
    core.check_writable().await?;
    core.check_models().await?;
    let mut unique = Unique::new(core);
    let admitted = chunks.map(|chunk| chunk.and_then(|chunk| unique.admit(chunk)));
    let mut batches = Box::pin(embedded(core, admitted, ChunkRows::Added, meter));
    let Some(mut next) = batches.try_next().await? else {
        return Ok(Added { rows: 0, embedded: 0, version: None });
    };
    let append = core.table.append(Arc::clone(&core.schema));
    let (mut rows, mut texts) = (0, 0);
    loop {
        let batch_rows = next.batch.num_rows();
        (rows, texts) = (rows + batch_rows, texts + next.texts);
        if !append.send(next.batch).await {
            // The writer has stopped, and has the reason.
            break;
        }
        meter.written(batch_rows);
        match batches.try_next().await? {
            Some(batch) => next = batch,
            None => break,
        }
    }
    drop(batches);
    if core.table.is_service() {
        unique.check_table().await?;
    }
    let written = append.finish(&core.table).await?;
    let version = commit(core, &unique, &written, rows).await?;
    meter.committed(version);
    Ok(Added { rows, embedded: texts, version: Some(version) })
}

/// Commits the rows of an append under the lock. Keys are looked up in the version that the commit follows.
async fn commit(core: &Core, unique: &Unique<'_>, written: &Written, rows: usize) -> Result<u64> {
    let keyed = !core.record.key.is_empty() && !core.table.is_service();
    let lock = Arc::new(discarding(written, core.table.turn()).await?);
    let mut attempts = Attempts::new(&core.table);
    loop {
        let version = discarding(written, attempts.next()).await?;
        discarding(written, core.check_models()).await?;
        if keyed {
            discarding(written, unique.check_table()).await?;
        }
        if let Some(version) = written.commit(&lock, keyed.then_some(version)).await? {
            core.table.index_key(&lock, &core.key_columns(), rows).await;
            return Ok(version);
        }
    }
}

/// Runs a step before the commit. Where it fails the rows are not committed, so their files go.
async fn discarding<T>(written: &Written, step: impl Future<Output = Result<T>>) -> Result<T> {
    let done = step.await;
    if done.is_err() {
        written.discard().await;
    }
    done
}

impl Core {
    /// Fails where a write could not end well, before anything is embedded for it.
    ///
    /// # Errors
    /// `SchemaMismatch` when the table lacks a column; `TableChanged` and `TableNotFound` when it is no longer the one that was
    /// opened; `Engine` when this process may not write to it.
    pub(super) async fn check_writable(&self) -> Result<()> {
        self.check_columns()?;
        self.table.check_lockable().await?;
        self.check_rows().await
    }

    /// Fails where the table lacks a column of the record.
    ///
    /// # Errors
    /// `SchemaMismatch`.
    pub(super) fn check_columns(&self) -> Result<()> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let message =
            format!("the table lacks `{}`, which reads fill with defaults", self.missing.join("`, `"));
        Err(Error::new(ErrorKind::SchemaMismatch, message).with_help(
            "open the table with `.drift(Drift::ApplySafe)`, which adds the columns, before writing",
        ))
    }
}
