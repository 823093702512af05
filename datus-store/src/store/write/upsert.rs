use std::future::IntoFuture;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::Stream;

use super::compare::filter;
use super::group::{self, Input, SmallWrite, WriteCounts};
use super::ingest::{Chunk, ChunkSize, KeySet, LastRows, Progress, VectorCache};
pub use super::merge::Upserted;
use super::merge::{Duplicates, PendingMerge, no_key};
use super::row_write::{BegunWrite, RowWrite, WriteContext};
use super::unique::duplicate_key;
use crate::error::{BoxError, Result};
use crate::record::{EmbeddingRecord, IntoRow, Keyed, Scoped};
use crate::store::access::Writes;
use crate::store::core::{Core, Keys};
use crate::store::{Store, traced};

/// Upserts rows when awaited. Created by [`Store::upsert`] and [`Store::upsert_stream`].
#[derive(Debug)]
#[must_use = "nothing is written until it is awaited"]
pub struct Upsert<'a, R> {
    write: RowWrite<'a, R>,
    duplicates: Duplicates,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Writes rows by key: inserts rows with a new key, replaces rows that differ from the table, and skips rows that
    /// are equal in every column. The upsert is one commit, or no commit if nothing changed.
    ///
    /// Only texts that are new or changed are embedded. Rows that changed in other columns keep their vector. A row
    /// is an `R`, an [`Embedded<R>`](crate::Embedded) that contains its vectors, or a reference to either.
    ///
    /// The write is serializable, even if there are other writers: its effect is as if all of it had happened at the
    /// moment of its commit. This includes the rows that were skipped as equal, so two rows with the same key never
    /// exist. In a local folder, writers take a lock for the commit. On an object store, which has no locks, a write
    /// is repeated if another commit comes first.
    ///
    /// New and changed rows wait for the commit in memory up to 256 MiB, and beyond that in a temporary file. After an
    /// interruption, repeating the upsert completes the write.
    ///
    /// # Errors
    /// `InvalidInput` for two rows with the same key (without [`last_wins`](Upsert::last_wins)), for a value that does
    /// not fit its column, and for a vector of a different model or size; `Model` when the model fails or breaks its
    /// contract; `SchemaMismatch` when the table lacks a column; `Conflict` when other writers changed the table on
    /// every attempt; `Engine` when the storage fails. If an error occurs, nothing is written, and the message states the
    /// progress of the operation.
    pub fn upsert<'a, W, I>(&'a self, rows: I) -> Upsert<'a, R>
    where
        R: Keyed,
        A: Writes<R>,
        W: IntoRow<R> + 'a,
        I: IntoIterator<Item = W>,
        I::IntoIter: Send + 'a,
    {
        Upsert::new(RowWrite::of_rows(&self.rows, rows))
    }

    /// Upserts the rows of a stream, as [`upsert`](Store::upsert) does.
    ///
    /// # Errors
    /// Fails with the same errors as [`upsert`](Store::upsert), and with `Source` when the stream fails. The stream's error
    /// is then the `source` of the returned error, and nothing is written.
    pub fn upsert_stream<'a, W, E, S>(&'a self, rows: S) -> Upsert<'a, R>
    where
        R: Keyed,
        A: Writes<R>,
        W: IntoRow<R> + 'a,
        E: Into<BoxError> + 'a,
        S: Stream<Item = Result<W, E>> + Send + 'a,
    {
        Upsert::new(RowWrite::of_stream(&self.rows, rows))
    }
}

impl<'a, R> Upsert<'a, R> {
    fn new(write: RowWrite<'a, R>) -> Self {
        Self { write, duplicates: Duplicates::Refused }
    }

    /// Uses the last of several rows with the same key. By default, such rows are an error.
    pub fn last_wins(mut self) -> Self {
        self.duplicates = Duplicates::LastWins;
        self
    }

    /// Gives this write its own commit. By default, a write of at most 256 rows shares its commit with other small writes
    /// that wait for the lock at the same time. The writes keep their order, and each has its own result.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Word {
    ///     #[datus(key)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let words: Store<Word> = Database::connect("memory://").await?.store(()).await?;
    /// let written = words.upsert([Word { text: "egg".into() }]).alone().await?;
    /// assert_eq!(written.version, Some(words.version().await?));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn alone(self) -> Self {
        Self { write: self.write.alone(), ..self }
    }

    /// Sets the scope fields of every row to the scope of the store, whatever their values are. By default, a row of
    /// another scope is an error, and nothing is written.
    ///
    /// Use it for rows whose source does not contain the scope, such as the body of a request. The fields are set before
    /// keys are compared and texts are embedded. Two rows that differ only in their scopes then have the same key.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(Default, EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(scope)]
    ///     tenant: String,
    ///     #[datus(key)]
    ///     path: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let pages: Store<Page> = Database::connect("memory://").await?.store(()).await?;
    /// let north = pages.scoped("north");
    /// north.upsert([Page { path: "index".into(), ..Page::default() }]).stamp_scope().await?;
    /// assert_eq!(north.get("index").await?.expect("one page").tenant, "north");
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn stamp_scope(self) -> Self
    where
        R: Scoped,
    {
        Self { write: self.write.stamp_scope(), ..self }
    }

    /// Calls `callback` after every step, from the task that awaits the write. Keep the callback short.
    pub fn progress(self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        Self { write: self.write.progress(callback), ..self }
    }

    /// Sets the number of rows for [`Progress::total`], for a source that cannot report it.
    pub fn total(self, rows: usize) -> Self {
        Self { write: self.write.total(rows), ..self }
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Upsert<'a, R> {
    type Output = Result<Upserted>;
    type IntoFuture = BoxFuture<'a, Result<Upserted>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { write, duplicates } = self;
        let current = Arc::clone(&write.table.current);
        let BegunWrite { rows, context } = write.begin();
        let traced = traced!("upsert", context.core.table_name());
        let upsert = async move {
            let chunks = context.chunks(rows, ChunkSize::Compared);
            context.result(upsert(&context, chunks, duplicates).await)
        };
        Box::pin(current.run_write(traced.run(upsert, |upserted| upserted.inserted + upserted.updated)))
    }
}

async fn upsert(
    context: &WriteContext<'_>,
    chunks: impl Stream<Item = Result<Chunk>> + Send,
    duplicates: Duplicates,
) -> Result<Upserted> {
    let WriteContext { core, group, texts_of, meter } = context;
    let sequence = group.next_sequence();
    match group::input(core, chunks).await? {
        Input::Small(chunk, at) => {
            let (chunk, keys) = one_row_per_key(core, chunk, duplicates)?;
            let write = SmallWrite::Upsert { chunk, keys };
            let done = group::write(core, group, sequence, write, at, *texts_of, meter).await?;
            let WriteCounts { inserted, updated, unchanged, embedded, reused, version, .. } = done;
            Ok(Upserted { inserted, updated, unchanged, embedded, reused, version })
        }
        Input::Large(chunks) => upsert_large(context, chunks, duplicates).await,
    }
}

/// Returns one row of a chunk for each key, and the keys.
fn one_row_per_key(core: &Core, chunk: Chunk, duplicates: Duplicates) -> Result<(Chunk, Keys)> {
    let keys = Keys::from_columns(&core.record, &chunk.columns)?.ok_or_else(no_key)?;
    let Some(row) = KeySet::default().extend(&keys) else { return Ok((chunk, keys)) };
    if duplicates == Duplicates::Refused {
        return Err(duplicate_key(&keys, row));
    }
    let mut last = LastRows::default();
    last.extend(&keys, 0);
    let kept: Vec<bool> =
        keys.fingerprints.iter().zip(0..).map(|(&key, row)| last.is_last(key, row)).collect();
    Ok((filter(&chunk, &kept)?, keys.filter(&kept)?))
}

async fn upsert_large(
    context: &WriteContext<'_>,
    chunks: impl Stream<Item = Result<Chunk>> + Send,
    duplicates: Duplicates,
) -> Result<Upserted> {
    let WriteContext { core, texts_of, meter, group: _ } = context;
    core.check_writable().await?;
    let cache = VectorCache::default();
    let merge = PendingMerge::collect(core, chunks, duplicates, &cache, *texts_of, meter).await?;
    if let Some(nothing) = merge.nothing_to_write(core).await? {
        return Ok(nothing);
    }
    let lock = Arc::new(core.table.write_lock().await?);
    let (upserted, _) = merge.commit(core, &lock, None, meter).await?;
    Ok(upserted)
}
