use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use futures::stream::{Stream, TryStreamExt};
use serde::Serialize;

use super::ingest::{Chunk, ChunkSize, Progress, VectorCache};
use super::merge::{Duplicates, PendingMerge, Upserted};
use super::row_write::{BegunWrite, RowWrite, WriteContext};
use super::unspecified::Unspecified;
use crate::backend::InMemoryTable;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::query::{ColumnClosure, IntoFilter, Predicate};
use crate::record::{EmbeddingRecord, IntoRow, Keyed, Scoped};
use crate::store::access::Writes;
use crate::store::core::{Core, Keys};
use crate::store::restriction::RowFilter;
use crate::store::{Store, traced};

/// The result of [`Store::sync`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Synced {
    /// The number of rows whose key was new.
    pub inserted: usize,
    /// The number of rows that replaced a row that differed in some column.
    pub updated: usize,
    /// The number of rows that the table already contained, with equal values in every column.
    pub unchanged: usize,
    /// The number of rows in the synced part that were deleted, because their keys were not in the input.
    pub deleted: usize,
    /// The number of texts embedded. Identical texts that are new or changed are embedded once.
    pub embedded: usize,
    /// The number of vectors that were kept, because the table had the text in the same row, or in a row with another key
    /// that is also in the input.
    pub reused: usize,
    /// The version of the table that contains the rows, or `None` if nothing had to be written.
    pub version: Option<u64>,
}

/// A sync whose part of the table has not been set yet. [`within`](SyncBuilder::within) or
/// [`all_rows`](SyncBuilder::all_rows) sets it. Created by [`Store::sync`] and [`Store::sync_stream`].
#[derive(Debug)]
#[must_use = "nothing is written until `.within(…)` or `.all_rows()` is called and the sync is awaited"]
pub struct SyncBuilder<'a, R> {
    write: RowWrite<'a, R>,
}

/// Syncs rows when awaited. Created by [`SyncBuilder::within`] and [`SyncBuilder::all_rows`].
#[derive(Debug)]
#[must_use = "nothing is written until it is awaited"]
pub struct SyncRows<'a, R> {
    write: RowWrite<'a, R>,
    part: Predicate,
    all_rows: bool,
    allow_empty: bool,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Makes a part of the table equal to the rows: upserts them, and deletes the rows of that part whose keys are not in
    /// the input. The sync is one commit, or no commit if nothing changed.
    ///
    /// [`within`](SyncBuilder::within) sets the part. It applies to the input too: a row outside the part is an error.
    /// [`all_rows`](SyncBuilder::all_rows) selects the whole table.
    ///
    /// ```
    /// # use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
    /// #[derive(EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(key)]
    ///     path: String,
    ///     site: String,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    /// # fn page(path: &str, text: &str) -> Page {
    /// #     Page { path: path.into(), site: "docs".into(), text: text.into() }
    /// # }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let pages: Store<Page> = db.store(HashingModel::default()).await?;
    /// pages.sync([page("a", "bread"), page("b", "tea")]).within(|t| t.site.eq("docs")).await?;
    ///
    /// let synced = pages.sync([page("b", "tea"), page("c", "jam")]).within(|t| t.site.eq("docs")).await?;
    /// assert_eq!((synced.inserted, synced.unchanged, synced.deleted), (1, 1, 1));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Fails with the same errors as [`upsert`](Store::upsert). Also fails with `InvalidInput` for a row outside the part,
    /// and for a part that matches every row regardless of the data (use [`all_rows`](SyncBuilder::all_rows)).
    /// The same applies to an input without rows, which would delete the whole part, unless
    /// [`allow_empty`](SyncRows::allow_empty) is called.
    pub fn sync<'a, W, I>(&'a self, rows: I) -> SyncBuilder<'a, R>
    where
        R: Keyed,
        A: Writes<R>,
        W: IntoRow<R> + 'a,
        I: IntoIterator<Item = W>,
        I::IntoIter: Send + 'a,
    {
        SyncBuilder { write: RowWrite::of_rows(&self.rows, rows) }
    }

    /// Syncs the rows of a stream, as [`sync`](Store::sync) does.
    ///
    /// # Errors
    /// Fails with the same errors as [`sync`](Store::sync), and with `Source` when the stream fails. The stream's error is
    /// then the `source` of the returned error, and nothing is written.
    pub fn sync_stream<'a, W, E, S>(&'a self, rows: S) -> SyncBuilder<'a, R>
    where
        R: Keyed,
        A: Writes<R>,
        W: IntoRow<R> + 'a,
        E: Into<BoxError> + 'a,
        S: Stream<Item = Result<W, E>> + Send + 'a,
    {
        SyncBuilder { write: RowWrite::of_stream(&self.rows, rows) }
    }
}

impl<'a, R: EmbeddingRecord> SyncBuilder<'a, R> {
    /// Sets the part of the table that the rows replace. All other rows of the part are deleted.
    pub fn within<F: IntoFilter<R>>(self, part: impl ColumnClosure<R, F>) -> SyncRows<'a, R> {
        self.part(part(R::columns()).into_filter().into_predicate(), false)
    }

    /// Replaces the whole table, or all rows of the scope in a scoped store. All other rows are deleted.
    pub fn all_rows(self) -> SyncRows<'a, R> {
        self.part(Predicate::Constant(true), true)
    }

    fn part(self, part: Predicate, all_rows: bool) -> SyncRows<'a, R> {
        SyncRows { write: self.write, part, all_rows, allow_empty: false }
    }
}

/// The rows that a sync replaces. A [`SyncBuilder`] has [`Unspecified`] rows, so awaiting one fails to compile with this
/// message.
#[diagnostic::on_unimplemented(
    message = "this sync does not specify which rows of the table it replaces",
    label = "call `.within(…)` or `.all_rows()` before `.await`",
    note = "`.within(|t| t.column.eq(value))` replaces the rows that match the filter, and `.all_rows()` replaces the whole table"
)]
pub trait ReplacesRows {}

impl<R> ReplacesRows for SyncRows<'_, R> {}

/// Makes the compiler print the message of [`ReplacesRows`].
#[doc(hidden)]
impl<R: EmbeddingRecord> Future for SyncBuilder<'_, R>
where
    Unspecified<R>: ReplacesRows,
{
    type Output = Result<Synced>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let message = "the sync does not specify which rows of the table it replaces";
        let error = Error::new(ErrorKind::InvalidInput, message);
        Poll::Ready(Err(error.with_help("call `.within(…)` or `.all_rows()` before `.await`")))
    }
}

impl<'a, R> SyncRows<'a, R> {
    /// Allows an input without rows, which deletes the whole part. By default, such an input is an error.
    pub fn allow_empty(self) -> Self {
        Self { allow_empty: true, ..self }
    }

    /// Sets the scope fields of every row to the scope of the store, as [`Upsert::stamp_scope`](crate::Upsert::stamp_scope)
    /// does. By default, a row of another scope is an error.
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

impl<'a, R: EmbeddingRecord> IntoFuture for SyncRows<'a, R> {
    type Output = Result<Synced>;
    type IntoFuture = BoxFuture<'a, Result<Synced>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { write, part, all_rows, allow_empty } = self;
        let names_no_part = part.is_always_true() && !all_rows;
        let current = Arc::clone(&write.table.current);
        let (within, part) = (part.clone(), write.table.filter(part));
        let BegunWrite { rows, context } = write.begin();
        let traced = traced!("sync", context.core.table_name());
        let sync = async move {
            if names_no_part {
                let message = "the filter of the part matches every row, so all other rows would be deleted";
                return Err(Error::new(ErrorKind::InvalidInput, message).with_help(
                    "add a condition in `within`, or call `.all_rows()` to replace the whole table",
                ));
            }
            let chunks = context.chunks(rows, ChunkSize::Compared);
            context.result(sync(&context, chunks, &within, &part, allow_empty).await)
        };
        let changed = |synced: &Synced| synced.inserted + synced.updated + synced.deleted;
        Box::pin(current.run_write(traced.run(sync, changed)))
    }
}

async fn sync(
    context: &WriteContext<'_>,
    chunks: impl Stream<Item = Result<Chunk>> + Send,
    within: &Predicate,
    part: &RowFilter,
    allow_empty: bool,
) -> Result<Synced> {
    let WriteContext { core, texts_of, meter, group: _ } = context;
    let core = &**core;
    core.check_writable().await?;
    let inside = chunks.and_then(|chunk| async move {
        check_part(core, &chunk, within).await?;
        Ok(chunk)
    });
    let (refused, cache) = (Duplicates::Refused, VectorCache::default());
    let merge = PendingMerge::collect(core, inside, refused, &cache, *texts_of, meter).await?;
    if merge.keys().len() == 0 && !allow_empty {
        let message = "the input has no rows, so every row of the part would be deleted";
        return Err(
            Error::new(ErrorKind::InvalidInput, message).with_help("call `.allow_empty()` to delete them")
        );
    }
    let lock = Arc::new(core.table.write_lock().await?);
    let (upserted, deleted) = merge.commit(core, &lock, Some(part.predicate()), meter).await?;
    let Upserted { inserted, updated, unchanged, embedded, reused, version } = upserted;
    Ok(Synced { inserted, updated, unchanged, deleted, embedded, reused, version })
}

/// Fails if a row is outside the part.
async fn check_part(core: &Core, chunk: &Chunk, part: &Predicate) -> Result<()> {
    if part.is_always_true() {
        return Ok(());
    }
    let fields = core.record.fields.iter().zip(&chunk.columns);
    let columns = fields.map(|(field, column)| (field.name, Arc::clone(column))).collect();
    let inside = InMemoryTable::matching_rows(columns, part).await?;
    if inside.true_count() == chunk.rows {
        return Ok(());
    }
    let outside = inside.iter().position(|inside| inside != Some(true)).unwrap_or_default();
    let key = Keys::from_columns(&core.record, &chunk.columns)?
        .map(|keys| keys.display(outside))
        .unwrap_or_default();
    let message = format!("the row with the key {key} is outside the part that the sync replaces");
    Err(Error::new(ErrorKind::InvalidInput, message)
        .with_help("leave it out, or widen the filter in `within`"))
}
