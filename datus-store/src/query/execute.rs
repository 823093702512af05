use std::fmt;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use futures::stream::BoxStream;

use super::{PageBatches, PageSpec, QuerySpec};
use crate::error::Result;
use crate::model::async_trait;

/// Answers untyped queries: the store's side of the builders.
#[async_trait]
pub trait Execute: Send + Sync + fmt::Debug {
    /// Runs the query. Columns come in the order asked for, named by path, and after them in a search the scores: see
    /// [`Hit`](super::Hit).
    ///
    /// # Errors
    /// Those of the operation: `InvalidInput`, `Model`, `Engine`.
    async fn execute(&self, spec: QuerySpec) -> Result<BatchStream>;

    /// Reads one page, in the query's order and among equals in that of row ids. Columns as in [`execute`](Self::execute).
    ///
    /// # Errors
    /// Those of [`Paged`](super::Paged).
    async fn page(&self, spec: QuerySpec, page: PageSpec) -> Result<PageBatches>;

    /// Counts the rows that the query returns.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    async fn count(&self, spec: QuerySpec) -> Result<usize>;

    /// Describes how the query would run.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    async fn explain(&self, spec: QuerySpec) -> Result<String>;

    /// The name of the table, for errors.
    fn table(&self) -> &str;

    /// The ids of the models of the record's vectors, in order of declaration.
    fn vector_models(&self) -> &[std::sync::Arc<str>];

    /// The name of each vector column, in order of declaration.
    fn vector_columns(&self) -> &[&'static str];
}

/// The answer to a query as Arrow data.
pub struct BatchStream {
    /// The columns of every batch.
    pub schema: SchemaRef,
    /// The batches, as the engine makes them.
    pub batches: BoxStream<'static, Result<RecordBatch>>,
}

impl fmt::Debug for BatchStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchStream").field("schema", &self.schema).finish_non_exhaustive()
    }
}
