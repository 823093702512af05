use arrow_schema::SchemaRef;

use super::{Store, traced};
use crate::error::Result;
use crate::query::SearchAll;
use crate::record::EmbeddingRecord;

impl<R: EmbeddingRecord> Store<R> {
    /// Starts a query for every row that passes the filters: no hidden limit, no order unless one is given.
    ///
    /// The builder has a method for each column (`.database_name("sales")` is equality, `.maybe_database_name(option)`
    /// adds nothing on `None`), `.filter(|t| …)`, `.matching(filter)`, `.limit`, `.offset`, `.order_by(|t| …)`,
    /// `.select(|t| …)`, `.select_as::<Summary>()`, `.with_vectors()`. Its ends are `.await`, `.page(rows)`, `.stream()`, `.first()`, `.count()`,
    /// `.arrow()`, `.arrow_stream()` and `.explain()`; and after `.select`, `.distinct()`.
    pub fn search_all(&self) -> SearchAll<R> {
        SearchAll::every_row(self.core() as _)
    }

    /// Counts all rows of the table.
    ///
    /// # Errors
    /// `TableNotFound` when the table was dropped; `TableChanged` when another program changed it; `Engine` when the storage
    /// fails.
    pub async fn count(&self) -> Result<usize> {
        self.search_all().count().await
    }

    /// The Arrow schema of the table as it is stored, with the roles of the columns and the models in its metadata.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn schema(&self) -> Result<SchemaRef> {
        let core = self.core();
        traced!("schema", R::TABLE).on(&core.table).run(core.table.schema(), |_| 0).await
    }

    /// The version of the table: every commit makes the next one.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn version(&self) -> Result<u64> {
        let core = self.core();
        traced!("version", R::TABLE).on(&core.table).run(core.table.version(), |_| 0).await
    }
}
