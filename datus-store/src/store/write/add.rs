use std::future::IntoFuture;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::{Stream, StreamExt};
use serde::Serialize;

use super::files::{Files, write_files};
use super::group::{self, Input, SmallWrite};
use super::ingest::{Chunk, ChunkSize, KeySet, Meter, Progress};
use super::row_write::{BegunWrite, RowWrite, WriteContext};
use super::unique::{Unique, duplicate_key};
use crate::backend::{Attempts, Written};
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::record::{EmbeddingRecord, IntoRow, Scoped};
use crate::store::access::Writes;
use crate::store::core::{Core, Keys};
use crate::store::extra_columns::{ExtraColumns, extra};
use crate::store::{Store, traced};

/// The result of [`Store::add`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Added {
    /// The number of rows added.
    pub rows: usize,
    /// The number of texts embedded. Identical texts among the rows in flight are embedded once.
    pub embedded: usize,
    /// The version of the table that contains the rows, or `None` if there were no rows to add.
    pub version: Option<u64>,
}

/// Adds rows when awaited. Created by [`Store::add`] and [`Store::add_stream`].
#[derive(Debug)]
#[must_use = "nothing is written until it is awaited"]
pub struct Add<'a, R> {
    write: RowWrite<'a, R>,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Embeds the texts of rows and adds the rows, in one commit regardless of their number.
    ///
    /// A row is an `R`, an [`Embedded<R>`](crate::Embedded) that contains its vectors, or a reference to either. A row whose
    /// text is `None` or blank receives a null vector, and a search by vector does not return it. Identical texts in flight
    /// are embedded once. Rows are read, encoded, embedded and written concurrently. Memory does not grow with the number of
    /// rows, except for 10 to 11.5 bytes per row if the record has a key.
    ///
    /// If an error occurs or the future is dropped, the table stays unchanged. The write is serializable: keys are looked up
    /// in the version that the commit follows, even if there are other writers.
    ///
    /// # Errors
    /// `InvalidInput` for a value that does not fit its column, for a vector of a different model or size, and for a key
    /// that the table already contains or that two rows share ([`upsert`](Store::upsert) replaces rows); `Conflict`
    /// when other writers changed the table first on every attempt; `Model` when the model fails or breaks its
    /// contract; `SchemaMismatch` when the table lacks a column; `Engine` when the storage fails. The message says how
    /// far the operation got.
    pub fn add<'a, W, I>(&'a self, rows: I) -> Add<'a, R>
    where
        A: Writes<R>,
        W: IntoRow<R> + 'a,
        I: IntoIterator<Item = W>,
        I::IntoIter: Send + 'a,
    {
        Add { write: RowWrite::of_rows(&self.rows, rows) }
    }

    /// Adds the rows of a stream, as [`add`](Store::add) does.
    ///
    /// # Errors
    /// Fails with the same errors as [`add`](Store::add), and with `Source` when the stream fails. The stream's error is
    /// then the `source` of the returned error, and nothing is written.
    pub fn add_stream<'a, W, E, S>(&'a self, rows: S) -> Add<'a, R>
    where
        A: Writes<R>,
        W: IntoRow<R> + 'a,
        E: Into<BoxError> + 'a,
        S: Stream<Item = Result<W, E>> + Send + 'a,
    {
        Add { write: RowWrite::of_stream(&self.rows, rows) }
    }
}

impl<'a, R> Add<'a, R> {
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
    /// let written = words.add([Word { text: "egg".into() }]).alone().await?;
    /// assert_eq!(written.version, Some(words.version().await?));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn alone(self) -> Self {
        Self { write: self.write.alone() }
    }

    /// Sets the scope fields of every row to the scope of the store, as [`Upsert::stamp_scope`](crate::Upsert::stamp_scope)
    /// does. By default, a row of another scope is an error.
    pub fn stamp_scope(self) -> Self
    where
        R: Scoped,
    {
        Self { write: self.write.stamp_scope() }
    }

    /// Calls `callback` after every step, from the task that awaits the write. Keep the callback short.
    pub fn progress(self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        Self { write: self.write.progress(callback) }
    }

    /// Sets the number of rows for [`Progress::total`], for a source that cannot report it.
    pub fn total(self, rows: usize) -> Self {
        Self { write: self.write.total(rows) }
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Add<'a, R> {
    type Output = Result<Added>;
    type IntoFuture = BoxFuture<'a, Result<Added>>;

    fn into_future(self) -> Self::IntoFuture {
        let current = Arc::clone(&self.write.table.current);
        let BegunWrite { rows, context } = self.write.begin();
        let traced = traced!("add", context.core.table_name());
        let add = async move {
            let chunks = context.chunks(rows, ChunkSize::Added);
            context.result(add(&context, chunks).await)
        };
        Box::pin(current.run_write(traced.run(add, |added| added.rows)))
    }
}

async fn add(context: &WriteContext<'_>, chunks: impl Stream<Item = Result<Chunk>> + Send) -> Result<Added> {
    let WriteContext { core, group, texts_of, meter } = context;
    let sequence = group.next_sequence();
    match group::input(core, chunks).await? {
        Input::Small(chunk, at) => {
            let keys = Keys::from_columns(&core.record, &chunk.columns)?;
            if let Some(keys) = &keys
                && let Some(row) = KeySet::default().extend(keys)
            {
                return Err(duplicate_key(keys, row));
            }
            let write = SmallWrite::Add { chunk, keys };
            let done = group::write(core, group, sequence, write, at, *texts_of, meter).await?;
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
    let Some(Files { append, rows, texts }) = write_files(core, admitted, meter).await? else {
        return Ok(Added { rows: 0, embedded: 0, version: None });
    };
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
    let lock = Arc::new(discard_on_error(written, core.table.write_lock()).await?);
    let mut attempts = Attempts::new(&core.table);
    loop {
        let version = discard_on_error(written, attempts.next()).await?;
        discard_on_error(written, core.check_models()).await?;
        if keyed {
            discard_on_error(written, unique.check_table()).await?;
        }
        if let Some(version) = written.commit(&lock, keyed.then_some(version)).await? {
            core.table.index_key(&lock, &core.own_key_columns(), rows).await;
            return Ok(version);
        }
    }
}

/// Runs a step before the commit. If the step fails, removes the files of the rows, since the rows will not be committed.
async fn discard_on_error<T>(written: &Written, step: impl Future<Output = Result<T>>) -> Result<T> {
    let done = step.await;
    if done.is_err() {
        written.discard().await;
    }
    done
}

impl Core {
    /// Fails if a write cannot succeed, before any text is embedded for it.
    ///
    /// # Errors
    /// `SchemaMismatch` when the table lacks a column; `TableChanged` and `TableNotFound` when it is no longer the
    /// table that was opened; `Engine` when this process is not allowed to write to it.
    pub(in crate::store) async fn check_writable(&self) -> Result<()> {
        self.check_columns()?;
        self.table.check_lockable().await?;
        self.check_rows().await
    }

    /// Fails if the table lacks a column of the record, or has columns that the record lacks.
    ///
    /// # Errors
    /// `SchemaMismatch`.
    pub(in crate::store) fn check_columns(&self) -> Result<()> {
        if !self.missing.is_empty() {
            let message =
                format!("the table lacks `{}`, for which reads use defaults", self.missing.join("`, `"));
            return Err(Error::new(ErrorKind::SchemaMismatch, message).with_help(
                "open the table with `.drift(Drift::ApplySafe)`, which adds the columns, before writing",
            ));
        }
        if self.extra_columns == ExtraColumns::Refuse {
            return Ok(());
        }
        let names: Vec<&str> = extra(&self.record, &self.opened).map(|field| field.name().as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let message = format!("the table has `{}`, for which these rows have no value", names.join("`, `"));
        Err(Error::new(ErrorKind::SchemaMismatch, message).with_help(
            "write with a struct that has all columns: with `ExtraColumns::Allow` a store only reads and deletes",
        ))
    }
}
