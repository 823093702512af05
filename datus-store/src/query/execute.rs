use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use futures::stream::BoxStream;

use super::{Cursor, QuerySpec};
use crate::error::Result;
use crate::model::{ModelIdentity, async_trait};

/// An executor of untyped queries, which the store implements for the builders.
#[async_trait]
pub trait Execute: Send + Sync + fmt::Debug {
    /// Runs the query. The batches have the requested columns in order, named by their paths. In a search, the score columns
    /// follow; see [`Hit`](super::Hit).
    ///
    /// # Errors
    /// Returns any error from the operation: `InvalidInput`, `Model`, `Engine`.
    async fn execute(&self, spec: QuerySpec) -> Result<BatchStream>;

    /// Runs a search like [`execute`](Self::execute), and also returns its receipt.
    ///
    /// # Errors
    /// Returns the same errors as [`execute`](Self::execute), and `Unsupported` for a table without older versions.
    #[cfg(feature = "store")]
    async fn execute_with_receipt(&self, spec: QuerySpec) -> Result<(BatchStream, super::Receipt)>;

    /// Reads one page. Rows are in the order of the query, and rows that compare equal are in the order of their row ids.
    /// The columns are the same as those of [`execute`](Self::execute).
    ///
    /// # Errors
    /// Returns the same errors as [`Paged`](super::Paged).
    async fn read_page(&self, spec: QuerySpec, page: PageSpec) -> Result<PageBatches>;

    /// Counts the rows that the query returns.
    ///
    /// # Errors
    /// See [`execute`](Self::execute).
    async fn count(&self, spec: QuerySpec) -> Result<usize>;

    /// Counts the rows of each combination of values of the query's columns. The last column, of type `Int64`, contains the
    /// number of rows. The most frequent combinations come first; equally frequent ones are in ascending order, with nulls
    /// last. `limit` is the maximum number of combinations.
    ///
    /// # Errors
    /// See [`execute`](Self::execute).
    async fn count_groups(&self, spec: QuerySpec, limit: Option<usize>) -> Result<RecordBatch>;

    /// Returns the execution plan of the query as text.
    ///
    /// # Errors
    /// See [`execute`](Self::execute).
    async fn explain(&self, spec: QuerySpec) -> Result<String>;

    /// Embeds a text as a query on the vector at position `vector`.
    ///
    /// # Errors
    /// `InvalidInput` for a blank text; `Model` when the model fails.
    async fn embed_query(&self, vector: usize, text: &str) -> Result<Vec<f32>>;

    /// Returns the model of the vector at position `vector`, or `None` if the record has no such vector.
    fn model_of(&self, vector: usize) -> Option<&ModelIdentity>;

    /// Returns the name of the table for errors.
    fn table(&self) -> &str;

    /// Returns the name of each vector column and the id of its model, in order of declaration.
    fn vectors(&self) -> Vec<(&'static str, Arc<str>)>;
}

/// The untyped size and start of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSpec {
    /// The maximum number of rows.
    pub rows: usize,
    /// The cursor after which the page starts, or `None` for the first page.
    pub after: Option<Cursor>,
}

/// A page of Arrow batches.
#[derive(Debug, Clone)]
pub struct PageBatches {
    /// The rows, in order.
    pub batches: Vec<RecordBatch>,
    /// The cursor for the next page, or `None` on the last page.
    pub next: Option<Cursor>,
}

/// The result of a query as a stream of Arrow batches.
#[non_exhaustive]
pub struct BatchStream {
    /// The schema of every batch.
    pub schema: SchemaRef,
    /// The batches, as the engine produces them.
    pub batches: BoxStream<'static, Result<RecordBatch>>,
}

impl fmt::Debug for BatchStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchStream").field("schema", &self.schema).finish_non_exhaustive()
    }
}
