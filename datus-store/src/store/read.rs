use arrow_schema::SchemaRef;

use super::{Store, traced};
use crate::error::Result;
use crate::query::SearchAll;
use crate::record::EmbeddingRecord;

impl<R: EmbeddingRecord> Store<R> {
    /// Starts a query for all rows that match the filters. It has no limit and no order by default.
    ///
    /// The builder has a method for each column (`.database_name("sales")` is equality,
    /// `.maybe_database_name(option)` adds nothing on `None`), `.filter(|t| …)`, `.matching(filter)`, `.limit`,
    /// `.offset`, `.order_by(|t| …)`, `.select(|t| …)`, `.select_as::<Summary>()` and `.with_vectors()`. A query ends
    /// with `.await`, `.page(rows)`, `.stream()`, `.first()`, `.count()`, `.arrow()`, `.arrow_stream()` or
    /// `.explain()`, and after `.select` also with `.distinct()`.
    pub fn search_all(&self) -> R::Query<SearchAll<R>> {
        R::query(SearchAll::new(self.core() as _))
    }

    /// Returns the number of rows of the table.
    ///
    /// # Errors
    /// `TableNotFound` when the table was dropped; `TableChanged` when another program changed it; `Engine` when the
    /// storage fails.
    pub async fn count(&self) -> Result<usize> {
        crate::query::count(SearchAll::<R>::new(self.core() as _)).await
    }

    /// Returns the stored Arrow schema of the table. Its metadata contains the roles of the columns and the models.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn schema(&self) -> Result<SchemaRef> {
        let core = self.core();
        traced!("schema", R::TABLE).on(&core.table).run(core.table.schema(), |_| 0).await
    }

    /// Returns the version of the table. Every commit makes a new version.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn version(&self) -> Result<u64> {
        let core = self.core();
        traced!("version", R::TABLE).on(&core.table).run(core.table.version(), |_| 0).await
    }
}
