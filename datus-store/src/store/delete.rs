use std::sync::Arc;

use super::core::Core;
use super::{Store, traced};
use crate::backend::Attempts;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{IntoFilter, Predicate};
use crate::record::EmbeddingRecord;

impl<R: EmbeddingRecord> Store<R> {
    /// Deletes the rows that the filter keeps, in one commit, and returns how many there were.
    ///
    /// # Errors
    /// `InvalidInput` for a filter that keeps every row whatever the data, such as a `…Filter` without columns: deleting
    /// everything is [`delete_all`](Store::delete_all). `Conflict` when other writers changed the rows each time it was tried; `Engine`
    /// when the storage fails.
    pub async fn delete<F: IntoFilter<R>>(&self, filter: impl FnOnce(R::Columns) -> F) -> Result<u64> {
        let predicate = filter(R::columns()).into_filter().into_predicate();
        let delete = async {
            if predicate.is_always_true() {
                return Err(Error::new(ErrorKind::InvalidInput, "the filter keeps every row")
                    .with_help("add a condition, or delete everything with `delete_all`"));
            }
            self.core().delete(&predicate).await
        };
        let delete = traced!("delete", R::TABLE).run(delete, |rows| *rows as usize);
        Arc::clone(&self.current).written(delete).await
    }

    /// Deletes every row, in one commit, and returns how many there were. The table and its older versions stay.
    ///
    /// # Errors
    /// `Conflict` when other writers changed the rows each time it was tried; `Engine` when the storage fails.
    pub async fn delete_all(&self) -> Result<u64> {
        let core = self.core();
        let delete = core.delete(&Predicate::Constant(true));
        let delete = traced!("delete_all", R::TABLE).run(delete, |rows| *rows as usize);
        Arc::clone(&self.current).written(delete).await
    }
}

impl Core {
    async fn delete(&self, predicate: &Predicate) -> Result<u64> {
        // An update that read a row before it is deleted would write it again, and a commit to a table that is being dropped
        // would bring it back.
        let lock = Arc::new(self.table.turn().await?);
        let mut attempts = Attempts::new(&self.table);
        loop {
            let version = attempts.next().await?;
            self.check_rows().await?;
            // The engine would commit a version without a change.
            if !self.table.has_rows(predicate).await? {
                return Ok(0);
            }
            if let Some(deleted) = self.table.delete(&lock, version, predicate).await? {
                return Ok(deleted.deleted as u64);
            }
        }
    }
}
