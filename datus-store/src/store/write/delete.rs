use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::group::{self, Group, SmallWrite};
use super::ingest::{Meter, TextsOf, texts_of};
use crate::backend::Attempts;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{ColumnClosure, IntoFilter, Predicate};
use crate::record::EmbeddingRecord;
use crate::store::access::Writes;
use crate::store::core::Core;
use crate::store::restriction::RowFilter;
use crate::store::{Store, TableRows, traced};

/// Deletes rows when it is awaited. Made by [`Store::delete`].
#[must_use = "nothing is deleted until it is awaited"]
pub struct Delete<'a, R> {
    table: &'a TableRows,
    filter: Predicate,
    alone: bool,
    record: PhantomData<fn() -> R>,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Deletes the rows that match the filter, in one commit, and returns their number.
    ///
    /// # Errors
    /// `InvalidInput` for a filter that matches every row regardless of the data, such as a `…Filter` without columns
    /// (use [`delete_all`](Store::delete_all) to delete every row); `Conflict` when other writers changed the rows in
    /// every attempt; `Engine` when the storage fails.
    pub fn delete<F: IntoFilter<R>>(&self, filter: impl ColumnClosure<R, F>) -> Delete<'_, R>
    where
        A: Writes<R>,
    {
        let filter = filter(R::columns()).into_filter().into_predicate();
        Delete { table: &self.rows, filter, alone: false, record: PhantomData }
    }

    /// Deletes every row, or every row of the scope in a store of one scope, in one commit, and returns the number of
    /// rows. The table and its older versions are kept.
    ///
    /// # Errors
    /// `Conflict` when other writers changed the rows in every attempt; `Engine` when the storage fails.
    pub fn delete_all(&self) -> BoxFuture<'static, Result<usize>>
    where
        A: Writes<R>,
    {
        let (core, current) = (self.core(), Arc::clone(self.current()));
        let filter = self.rows.filter(Predicate::Constant(true));
        let traced = traced!("delete_all", core.table_name());
        let delete = async move { core.delete(&filter).await };
        let delete = traced.run(delete, |rows| *rows);
        Box::pin(current.run_write(delete))
    }
}

impl<R> Delete<'_, R> {
    /// Gives this write its own commit. By default, a deletion of rows by key, such as `delete(|t| t.id.eq(7))`,
    /// shares its commit with other small writes that wait for the lock at the same time.
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Delete<'a, R> {
    type Output = Result<usize>;
    type IntoFuture = BoxFuture<'a, Result<usize>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { table, filter, alone, record: _ } = self;
        let (core, current) = (table.core(), Arc::clone(&table.current));
        let group = current.write_group(alone);
        let traced = traced!("delete", core.table_name());
        let delete = async move {
            if filter.is_always_true() {
                return Err(Error::new(ErrorKind::InvalidInput, "the filter matches every row")
                    .with_help("add a condition, or delete every row with `delete_all`"));
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

/// Deletes rows by key, in a commit that other small writes share. Returns `None` for a filter that is not one by
/// key, and for a table without a local dataset.
async fn delete_keys(
    core: &Arc<Core>,
    group: &Arc<Group>,
    filter: &RowFilter,
    texts_of: TextsOf,
) -> Result<Option<usize>> {
    let place = group.next_place();
    let Some(keys) = group::keys_of_filter(core, filter.predicate())? else { return Ok(None) };
    let Some(at) = core.table.dataset_version().await? else { return Ok(None) };
    let meter = Meter::new(None, None);
    let done = group::write(core, group, place, SmallWrite::Delete { keys }, at, texts_of, &meter).await?;
    Ok(Some(done.deleted))
}

impl Core {
    async fn delete(&self, filter: &RowFilter) -> Result<usize> {
        let predicate = filter.predicate();
        // Without the lock, an update that read a row before it is deleted would write it again, and a commit to a
        // table that is being dropped would bring the table back.
        let lock = Arc::new(self.table.write_lock().await?);
        let mut attempts = Attempts::new(&self.table);
        loop {
            let version = attempts.next().await?;
            self.check_rows().await?;
            // Without rows to delete, the engine would commit a version without a change.
            if !self.table.has_rows(predicate).await? {
                return Ok(0);
            }
            if let Some(deleted) = self.table.delete(&lock, version, predicate).await? {
                return Ok(deleted.deleted);
            }
        }
    }
}
