use std::sync::Arc;

use super::core::Core;
use super::{Store, traced};
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
                let message =
                    "the filter keeps every row: add a condition, or delete everything with `delete_all`";
                return Err(Error::new(ErrorKind::InvalidInput, message));
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
        let turn = self.table.turn().await?;
        self.table.delete(Some(turn), predicate).await
    }
}
