use std::future::IntoFuture;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::{Stream, TryStreamExt};

use super::ingest::{
    Chunk, ChunkSize, Meter, Progress, RowSource, TextsOf, VectorCache, chunks, fallible, infallible,
    texts_of, with_write_progress,
};
use super::merge::{Duplicates, PendingMerge, Upserted};
use crate::backend::InMemoryTable;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::query::{IntoFilter, Predicate};
use crate::record::{EmbeddingRecord, IntoRow, Keyed};
use crate::store::core::{Core, Keys};
use crate::store::{Store, traced};

/// The result of [`Store::sync`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Synced {
    /// The number of rows whose key was new.
    pub inserted: usize,
    /// The number of rows that replaced a row that differed in some column.
    pub updated: usize,
    /// The number of rows that the table already had, equal in every column.
    pub unchanged: usize,
    /// The number of rows of the scope that were deleted, because the input did not have them.
    pub deleted: usize,
    /// The number of texts embedded. Equal texts that are new or changed are embedded once.
    pub embedded: usize,
    /// The number of vectors of updated rows that were kept, because their text did not change.
    pub reused: usize,
    /// The version of the table that contains the rows, or `None` if nothing had to be written.
    pub version: Option<u64>,
}

/// A sync without a scope. [`within`](UnscopedSync::within) or [`everything`](UnscopedSync::everything) sets the
/// scope. Made by [`Store::sync`] and [`Store::sync_stream`].
#[derive(Debug)]
#[must_use = "nothing is written until it has a scope and is awaited"]
pub struct UnscopedSync<'a, R, S> {
    store: &'a Store<R>,
    source: RowSource<'a, S>,
    allow_empty: bool,
}

/// Syncs rows when it is awaited. Made by [`UnscopedSync::within`] and [`UnscopedSync::everything`].
#[derive(Debug)]
#[must_use = "nothing is written until it is awaited"]
pub struct ScopedSync<'a, R, S> {
    sync: UnscopedSync<'a, R, S>,
    scope: Predicate,
}

impl<R: EmbeddingRecord> Store<R> {
    /// Makes a part of the table equal to the rows: upserts them, and deletes the rows of that part whose keys the
    /// input does not have. It makes one commit, or none if nothing changed.
    ///
    /// [`within`](UnscopedSync::within) sets the part. It applies to the input too: a row outside of it is an error.
    /// [`everything`](UnscopedSync::everything) sets the whole table.
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
    /// The errors of [`upsert`](Store::upsert), and `InvalidInput` for a row outside the scope, and for an input
    /// without rows, which would delete the whole scope, without [`allow_empty`](ScopedSync::allow_empty).
    pub fn sync<W, I>(
        &self,
        rows: I,
    ) -> UnscopedSync<'_, R, impl Stream<Item = Result<W>> + Send + use<R, W, I>>
    where
        R: Keyed,
        W: IntoRow<R>,
        I: IntoIterator<Item = W>,
        I::IntoIter: Send,
    {
        UnscopedSync { store: self, source: RowSource::new(infallible(rows)), allow_empty: false }
    }

    /// Syncs the rows of a stream, as [`sync`](Store::sync) does.
    ///
    /// # Errors
    /// The errors of [`sync`](Store::sync), and `Source` when the stream fails. The error of the stream is the
    /// source, and nothing is written.
    pub fn sync_stream<W, E, S>(
        &self,
        rows: S,
    ) -> UnscopedSync<'_, R, impl Stream<Item = Result<W>> + Send + use<R, W, E, S>>
    where
        R: Keyed,
        W: IntoRow<R>,
        E: Into<BoxError>,
        S: Stream<Item = Result<W, E>> + Send,
    {
        UnscopedSync { store: self, source: RowSource::new(fallible(rows)), allow_empty: false }
    }
}

impl<'a, R: EmbeddingRecord, S> UnscopedSync<'a, R, S> {
    /// Sets the part of the table that the rows replace. All other rows of the part are deleted.
    pub fn within<F: IntoFilter<R>>(self, scope: impl FnOnce(R::Columns) -> F) -> ScopedSync<'a, R, S> {
        let scope = scope(R::columns()).into_filter().into_predicate();
        ScopedSync { sync: self, scope }
    }

    /// Makes the rows the whole table. All other rows are deleted.
    pub fn everything(self) -> ScopedSync<'a, R, S> {
        ScopedSync { sync: self, scope: Predicate::Constant(true) }
    }
}

impl<'a, R, S> ScopedSync<'a, R, S> {
    /// Lets an input without rows delete the whole scope, which is an error by default.
    pub fn allow_empty(mut self) -> Self {
        self.sync.allow_empty = true;
        self
    }

    /// Calls `callback` after every step, from the task that awaits the write. Keep it short.
    pub fn progress(mut self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        self.sync.source.set_progress(callback);
        self
    }

    /// Sets the number of rows for [`Progress::total`], for a source that does not know it.
    pub fn total(mut self, rows: usize) -> Self {
        self.sync.source.set_total(rows);
        self
    }
}

impl<'a, R, S, W> IntoFuture for ScopedSync<'a, R, S>
where
    R: EmbeddingRecord,
    S: Stream<Item = Result<W>> + Send + 'a,
    W: IntoRow<R> + 'a,
{
    type Output = Result<Synced>;
    type IntoFuture = BoxFuture<'a, Result<Synced>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { sync: UnscopedSync { store, source, allow_empty }, scope } = self;
        let (core, current) = (store.core(), Arc::clone(&store.current));
        let (rows, meter) = source.open();
        Box::pin(current.run_write(traced!("sync", R::TABLE).run(
            async move {
                let core = &*core;
                let chunks = chunks::<R, W>(core, rows, ChunkSize::Compared, &meter);
                sync(core, chunks, &scope, allow_empty, texts_of::<R>, &meter)
                    .await
                    .map_err(|error| with_write_progress(error, &meter))
            },
            |synced| synced.inserted + synced.updated + synced.deleted,
        )))
    }
}

async fn sync(
    core: &Core,
    chunks: impl Stream<Item = Result<Chunk>> + Send,
    scope: &Predicate,
    allow_empty: bool,
    texts_of: TextsOf,
    meter: &Meter<'_>,
) -> Result<Synced> {
    core.check_writable().await?;
    let inside = chunks.and_then(|chunk| async move {
        check_scope(core, &chunk, scope).await?;
        Ok(chunk)
    });
    let (refused, cache) = (Duplicates::Refused, VectorCache::default());
    let merge = PendingMerge::collect(core, inside, refused, &cache, texts_of, meter).await?;
    if merge.keys().len() == 0 && !allow_empty {
        let message = "the input has no rows, so every row of the scope would be deleted";
        return Err(
            Error::new(ErrorKind::InvalidInput, message).with_help("call `.allow_empty()` to delete them")
        );
    }
    let lock = Arc::new(core.table.write_lock().await?);
    let (upserted, deleted) = merge.commit(core, &lock, Some(scope), meter).await?;
    let Upserted { inserted, updated, unchanged, embedded, reused, version } = upserted;
    Ok(Synced { inserted, updated, unchanged, deleted, embedded, reused, version })
}

/// Fails if a row is outside the scope.
async fn check_scope(core: &Core, chunk: &Chunk, scope: &Predicate) -> Result<()> {
    if scope.is_always_true() {
        return Ok(());
    }
    let fields = core.record.fields.iter().zip(&chunk.columns);
    let columns = fields.map(|(field, column)| (field.name, Arc::clone(column))).collect();
    let inside = InMemoryTable::rows_that_pass(columns, scope).await?;
    if inside.true_count() == chunk.rows {
        return Ok(());
    }
    let outside = inside.iter().position(|inside| inside != Some(true)).unwrap_or_default();
    let key = Keys::from_columns(&core.record, &chunk.columns)?
        .map(|keys| keys.display(outside))
        .unwrap_or_default();
    let message = format!("the row with the key {key} is outside the scope of the sync");
    Err(Error::new(ErrorKind::InvalidInput, message)
        .with_help("leave it out, or widen the scope in `within`"))
}
