use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;

use super::group::{self, Group, SmallWrite};
use super::ingest::{Meter, TextsOf, texts_of};
use super::unspecified::Unspecified;
use crate::backend::Attempts;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{ColumnClosure, IntoFilter, IntoKey, Predicate};
use crate::record::{EmbeddingRecord, Keyed};
use crate::store::access::Writes;
use crate::store::core::Core;
use crate::store::restriction::{RowFilter, row_of};
use crate::store::{Store, TableRows, traced};

/// A deletion that has not selected rows yet. [`filter`](DeleteBuilder::filter), [`key`](DeleteBuilder::key) or
/// [`all_rows`](DeleteBuilder::all_rows) selects them. Created by [`Store::delete`].
#[derive(Debug)]
#[must_use = "nothing is deleted until it selects rows and is awaited"]
pub struct DeleteBuilder<'a, R> {
    table: &'a TableRows,
    record: PhantomData<fn() -> R>,
}

/// Deletes rows when awaited, and returns how many it deleted. Created by [`DeleteBuilder::filter`],
/// [`DeleteBuilder::key`] and [`DeleteBuilder::all_rows`].
#[must_use = "nothing is deleted until it is awaited"]
pub struct Delete<'a, R> {
    table: &'a TableRows,
    filter: Predicate,
    all_rows: bool,
    alone: bool,
    record: PhantomData<fn() -> R>,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Starts a deletion of the rows that match a filter, in one commit. Awaiting it returns the number of deleted rows. The
    /// table and its older versions are kept.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(key)]
    ///     path: String,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    /// # fn page(path: &str, text: &str) -> Page {
    /// #     Page { path: path.into(), text: text.into() }
    /// # }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let pages: Store<Page> = db.store(HashingModel::default()).await?;
    /// pages.add([page("a", "bread"), page("b", "tea"), page("c", "jam")]).await?;
    ///
    /// assert_eq!(pages.delete().filter(|t| t.path.eq("a")).await?, 1);
    /// assert_eq!(pages.delete().all_rows().await?, 2);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn delete(&self) -> DeleteBuilder<'_, R>
    where
        A: Writes<R>,
    {
        DeleteBuilder { table: &self.rows, record: PhantomData }
    }
}

impl<'a, R: EmbeddingRecord> DeleteBuilder<'a, R> {
    /// Deletes the rows that match the filter.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a filter that matches every row regardless of the data, such as a `…Filter` without
    /// columns (use [`all_rows`](Self::all_rows) to delete every row); `Conflict` when other writers changed the rows on
    /// every attempt; `Engine` when the storage fails.
    pub fn filter<F: IntoFilter<R>>(self, filter: impl ColumnClosure<R, F>) -> Delete<'a, R> {
        self.rows(filter(R::columns()).into_filter().into_predicate(), false)
    }

    /// Deletes the row with this key. This method needs no column name, so functions that are generic over the record
    /// can call it.
    ///
    /// A key of several columns is a tuple, in the order of `#[datus(key(a, b))]`. In a scoped store, the key does not include
    /// the scope. The deletion returns 0 if no row has the key.
    ///
    /// ```
    /// use datus_store::query::IntoKey;
    /// use datus_store::{Database, EmbeddingRecord, Keyed, Result, Store, Unscoped};
    ///
    /// async fn remove<R: Keyed + Unscoped>(store: &Store<R>, key: impl IntoKey<R::Key>) -> Result<bool> {
    ///     Ok(store.delete().key(key).await? > 0)
    /// }
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct City {
    ///     #[datus(key)]
    ///     name: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let cities: Store<City> = Database::connect("memory://").await?.store(()).await?;
    /// cities.add([City { name: "Oslo".into() }]).await?;
    /// assert!(remove(&cities, "Oslo").await?);
    /// assert!(!remove(&cities, "Oslo").await?);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a value that the column cannot store; `Conflict` when other writers changed the rows on
    /// every attempt; `Engine` when the storage fails.
    pub fn key(self, key: impl IntoKey<R::Key>) -> Delete<'a, R>
    where
        R: Keyed,
    {
        self.rows(row_of::<R>(key), false)
    }

    /// Deletes every row, or, in a scoped store, every row of the scope.
    ///
    /// # Errors
    /// When awaited: `Conflict` when other writers changed the rows on every attempt; `Engine` when the storage fails.
    pub fn all_rows(self) -> Delete<'a, R> {
        self.rows(Predicate::Constant(true), true)
    }

    fn rows(self, filter: Predicate, all_rows: bool) -> Delete<'a, R> {
        let Self { table, record } = self;
        Delete { table, filter, all_rows, alone: false, record }
    }
}

/// The rows that a deletion removes. A [`DeleteBuilder`] has [`Unspecified`] rows, so awaiting one fails to compile with
/// this message.
#[diagnostic::on_unimplemented(
    message = "this deletion does not specify which rows of the table it removes",
    label = "call `.filter(…)` or `.all_rows()` first",
    note = "`.filter(|t| t.column.eq(value))` deletes the rows that match, and `.all_rows()` deletes every row"
)]
pub trait RemovesRows {}

impl<R> RemovesRows for Delete<'_, R> {}

/// Makes the compiler print the message of [`RemovesRows`].
#[doc(hidden)]
impl<R: EmbeddingRecord> Future for DeleteBuilder<'_, R>
where
    Unspecified<R>: RemovesRows,
{
    type Output = Result<usize>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let message = "the deletion does not specify which rows of the table it removes";
        let error = Error::new(ErrorKind::InvalidInput, message);
        Poll::Ready(Err(error.with_help("call `.filter(…)` or `.all_rows()` before `.await`")))
    }
}

impl<R: EmbeddingRecord> Delete<'_, R> {
    /// Gives this write its own commit. By default, a deletion of rows by key, such as `filter(|t| t.id.eq(7))`,
    /// shares its commit with other small writes that wait for the lock at the same time.
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// Adds a filter. Only rows that match all filters are deleted.
    pub fn filter<F: IntoFilter<R>>(mut self, filter: impl ColumnClosure<R, F>) -> Self {
        self.all_rows = false;
        self.filter = self.filter.and(filter(R::columns()).into_filter().into_predicate());
        self
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Delete<'a, R> {
    type Output = Result<usize>;
    type IntoFuture = BoxFuture<'a, Result<usize>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { table, filter, all_rows, alone, record: _ } = self;
        let (core, current) = (table.core(), Arc::clone(&table.current));
        let group = current.write_group(alone);
        let traced = traced!("delete", core.table_name());
        let delete = async move {
            if filter.is_always_true() && !all_rows {
                return Err(Error::new(ErrorKind::InvalidInput, "the filter matches every row")
                    .with_help("add a condition, or delete every row with `.delete().all_rows()`"));
            }
            let filter = table.filter(filter);
            match delete_keys(&core, &group, &filter, texts_of::<R>).await? {
                Some(deleted) => Ok(deleted),
                None => core.delete(&filter).await,
            }
        };
        Box::pin(current.run_write(traced.run(delete, |rows| *rows)))
    }
}

impl<R> fmt::Debug for Delete<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delete").field("table", self.table).finish_non_exhaustive()
    }
}

/// Deletes rows by key, in a commit that other small writes share. Returns `None` if the filter does not select
/// rows by key, or if the table has no local dataset.
async fn delete_keys(
    core: &Arc<Core>,
    group: &Arc<Group>,
    filter: &RowFilter,
    texts_of: TextsOf,
) -> Result<Option<usize>> {
    let sequence = group.next_sequence();
    let Some(keys) = group::keys_of_filter(core, filter.predicate())? else { return Ok(None) };
    let Some(at) = core.table.dataset_version().await? else { return Ok(None) };
    let meter = Meter::new(None, None);
    let done = group::write(core, group, sequence, SmallWrite::Delete { keys }, at, texts_of, &meter).await?;
    Ok(Some(done.deleted))
}

impl Core {
    async fn delete(&self, filter: &RowFilter) -> Result<usize> {
        let predicate = filter.predicate();
        // Without the lock, an update that read a row before it was deleted could write it again, and a commit to a
        // table that is being dropped could bring the table back.
        let lock = Arc::new(self.table.write_lock().await?);
        let mut attempts = Attempts::new(&self.table);
        loop {
            let version = attempts.next().await?;
            self.check_rows().await?;
            // If there are no rows to delete, the engine would commit a version without changes.
            if !self.table.has_rows(predicate).await? {
                return Ok(0);
            }
            if let Some(deleted) = self.table.delete(&lock, version, predicate).await? {
                return Ok(deleted.deleted);
            }
        }
    }
}
