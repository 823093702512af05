use std::future::IntoFuture;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::{Stream, TryStreamExt};

use super::core::Core;
use super::ingest::{
    Chunk, ChunkRows, Keys, MadeVectors, Meter, Progress, RowSource, TextsOf, came_so_far, chunks, fallible,
    infallible, texts_of,
};
use super::merge::{Duplicates, PendingMerge};
use super::upsert::Upserted;
use super::{Store, traced};
use crate::backend::Scratch;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::query::{IntoFilter, Predicate};
use crate::record::{EmbeddingRecord, IntoRow, Keyed};

/// What [`Store::sync`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Synced {
    /// Rows whose key was new.
    pub inserted: usize,
    /// Rows that took the place of a row that differed in some column.
    pub updated: usize,
    /// Rows that the table had already, equal in every column.
    pub unchanged: usize,
    /// Rows of the scope that the input no longer had.
    pub deleted: usize,
    /// The texts embedded: each different text that is new or changed once.
    pub embedded: usize,
    /// The vectors of updated rows that were kept, since their text did not change.
    pub reused: usize,
    /// The version of the table that has the rows; `None` when nothing had to be written.
    pub version: Option<u64>,
}

/// A sync that has no scope yet: [`within`](UnscopedSync::within) or [`everything`](UnscopedSync::everything) gives
/// it one. Made by [`Store::sync`] and [`Store::sync_stream`].
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
    /// input does not have. One commit, or none when nothing changed.
    ///
    /// The part is given by [`within`](UnscopedSync::within); it holds for the input too, a row outside of it is an
    /// error. For the whole table write [`everything`](UnscopedSync::everything).
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
    /// As [`upsert`](Store::upsert), and `InvalidInput` for a row outside the scope, and for an input without rows,
    /// which would delete the whole scope, unless [`allow_empty`](ScopedSync::allow_empty).
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
    /// As [`sync`](Store::sync), and `Source` for an error of the stream, which is its source; nothing is written.
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
    /// Says which part of the table the rows are: its other rows are deleted.
    pub fn within<F: IntoFilter<R>>(self, scope: impl FnOnce(R::Columns) -> F) -> ScopedSync<'a, R, S> {
        let scope = scope(R::columns()).into_filter().into_predicate();
        ScopedSync { sync: self, scope }
    }

    /// Says that the rows are the whole table: all other rows are deleted.
    pub fn everything(self) -> ScopedSync<'a, R, S> {
        ScopedSync { sync: self, scope: Predicate::Constant(true) }
    }
}

impl<'a, R, S> ScopedSync<'a, R, S> {
    /// Lets an input without rows delete the whole scope; without it that is an error.
    pub fn allow_empty(mut self) -> Self {
        self.sync.allow_empty = true;
        self
    }

    /// Calls back after every step, from the task that awaits the write: keep it short.
    pub fn progress(mut self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        self.sync.source.set_progress(callback);
        self
    }

    /// Says how many rows there are, where the source does not know it, for [`Progress::total`].
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
        Box::pin(current.written(traced!("sync", R::TABLE).run(
            async move {
                let core = &*core;
                let chunks = chunks::<R, W>(core, rows, ChunkRows::Compared, &meter);
                sync(core, chunks, &scope, allow_empty, texts_of::<R>, &meter)
                    .await
                    .map_err(|error| came_so_far(error, &meter))
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
    let (refused, made) = (Duplicates::Refused, MadeVectors::default());
    let merge = PendingMerge::collect(core, inside, refused, &made, texts_of, meter).await?;
    if merge.keys().len() == 0 && !allow_empty {
        let message = "the input has no rows, so every row of the scope would be deleted";
        return Err(
            Error::new(ErrorKind::InvalidInput, message).with_help("if that is meant, say `.allow_empty()`")
        );
    }
    let lock = Arc::new(core.table.turn().await?);
    let (upserted, deleted) = merge.commit(core, &lock, Some(scope), meter).await?;
    let Upserted { inserted, updated, unchanged, embedded, reused, version } = upserted;
    Ok(Synced { inserted, updated, unchanged, deleted, embedded, reused, version })
}

/// Fails for a row that the scope does not keep.
async fn check_scope(core: &Core, chunk: &Chunk, scope: &Predicate) -> Result<()> {
    if scope.is_always_true() {
        return Ok(());
    }
    let fields = core.record.fields.iter().zip(&chunk.columns);
    let columns = fields.map(|(field, column)| (field.name, Arc::clone(column))).collect();
    let inside = Scratch::rows_that_pass(columns, scope).await?;
    if inside.true_count() == chunk.rows {
        return Ok(());
    }
    let outside = inside.iter().position(|inside| inside != Some(true)).unwrap_or_default();
    let key = Keys::of(&core.record, &chunk.columns)?.map(|keys| keys.name(outside)).unwrap_or_default();
    let message = format!("the row with the key {key} is outside the scope of the sync");
    Err(Error::new(ErrorKind::InvalidInput, message)
        .with_help("leave it out, or widen the scope in `within`"))
}
