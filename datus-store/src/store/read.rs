//! Reads: searches, queries for rows, pages and counts.
//!
//! # Queries
//!
//! 1. A builder collects a `QuerySpec`: column paths, a `Predicate`, limit, offset, order, and, for a search, a `Nearest`.
//!    Closures (`|t| t.year.ge(1900)`) run immediately, on a `Copy` struct of column handles, and are not stored.
//! 2. A final call (`.await`, `.stream()`, `.count()`, …) passes the specification to `Execute`. `read/execute.rs` builds
//!    the backend's `Request` from it: it adds the record's columns and the metric, and embeds a query text. It fails for
//!    blank text, a vector of a different model or size, and a zero vector under cosine. A search continues as described
//!    below.
//! 3. `backend::lower` turns the predicate into one DataFusion expression. Values become literals of exactly the
//!    column's type, never text to parse. The engine walks a filter recursively. So a filter nested more than 20 levels
//!    deep becomes `Predicate::Invalid` while it is built (`query/depth.rs`), and is never walked. A chain of one
//!    operator is one level, lowered as a balanced tree. Comparisons with the smallest or largest value of a type are
//!    lowered without ordering operators, since the planner's count of such a range overflows.
//! 4. The backend returns Arrow batches, with nested columns taken out of their structs. `Output::decode` turns them into
//!    records, tuples, hits or sets. `.arrow()` and `.arrow_stream()` skip this step.
//!
//! Vector columns are read only after `.with_vectors()`. `search_all` has no limit; `search` returns 10 rows by
//! default.
//!
//! # Searches
//!
//! `Search<R, O, W>` is one builder for three modes. `W` is `ByVector`, `ByText` or `Hybrid`, so each mode has only its own
//! settings. A search becomes a `QuerySpec` with a `Nearest`, a `FullText` or both, and a `Ranking`. `FullText`
//! (`query/full_text.rs`) is untyped. `TextCol` and `TextQuery` are its typed shell, and `backend/read/full_text.rs` lowers
//! it to the engine's queries. Texts are passed as values.
//!
//! 1. `Core::snapshot` (`store/snapshot.rs`) pins the current version: lancedb's `checkout_current` creates a second
//!    handle to that version and reads nothing. A search also needs the schema with the models, and the full-text
//!    indexes. Both are read once per version and cached, so a search only checks for a newer version, as any read
//!    does.
//! 2. Texts, boosts and indexes are checked, and the query is embedded or the stored row's vector is read. All of this
//!    happens before rows are searched.
//! 3. A search by vector is a single engine query.
//! 4. Full-text, hybrid and reranked searches run in `store/read/ranked`. Each leg returns row ids and scores
//!    (`backend/read/legs.rs`), `blocks.rs` combines them, and the reranker orders a block. `page.rs` selects the rows of
//!    the page and reads them by id from the dataset. Rows outside the page that tie with its first or last row are also
//!    considered: the key, or the row id if there is no key, decides which of the tied rows are on the page.
//!
//! The order of a block depends only on the rows within the block's depth; the depths are `n`, `2n`, `4n`, and so on.
//! Otherwise a row could cross the edge of a page when a deeper page is read. Each block is read separately, with the same
//! settings for all pages with the same limit. With an index, the first rows of a deeper read can differ, and a row that
//! only the deeper read finds goes into the later block. Text scores do not depend on the depth, so full-text search has a
//! single block. A leg reads one row more than its depth, and the text leg 33 rows more, which costs the engine nothing. If
//! a leg ends in a run of equal scores, it continues up to 10,000 rows, and beyond that a text leg reads all rows, because
//! the engine returns tied rows in an arbitrary order that changes with the limit. Tied rows share a rank. A fuzzy query
//! runs in the engine, and also over the rows that the index does not cover, which are indexed in memory
//! (`backend/unindexed.rs`).
//!
//! A hybrid search has more candidates than its limit, but only the rows up to the limit must be found with the
//! measured recall. So the refine factor is reduced (`store/read/tuning.rs`, `ResultCounts`), and only as many vectors are
//! compared exactly as in a search with that limit.
//!
//! lancedb's own hybrid search is not used, since it applies the offset to each leg and reads all columns of both.

mod counts;
mod execute;
mod full_text;
mod get;
mod key_lookup;
mod live;
mod page;
mod ranked;
mod reader;
mod receipt;
mod search;
mod shadow;
pub(super) mod tuning;

pub(super) use self::reader::Reader;
pub use self::search::VectorSearch;
pub use self::tuning::QueryKind;

use arrow_schema::SchemaRef;
use futures::future::BoxFuture;

use super::access::Reads;
use super::{Store, traced};
use crate::error::Result;
use crate::query::SearchAll;
use crate::record::EmbeddingRecord;

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Starts a query for all rows that match the filters. It has no limit and no order by default.
    ///
    /// The builder has a method for each column (`.database_name("sales")` tests for equality,
    /// `.maybe_database_name(option)` adds nothing on `None`), `.filter(|t| …)`, `.matching(filter)`, `.limit`, `.offset`,
    /// `.order_by(|t| …)`, `.select(|t| …)`, `.select_as::<Summary>()` and `.with_vectors()`. A query ends with `.await`,
    /// `.page(rows)`, `.stream()`, `.first()`, `.count()`, `.arrow()`, `.arrow_stream()` or `.explain()`, and after
    /// `.select` also with `.distinct()`.
    pub fn search_all(&self) -> SearchAll<R>
    where
        A: Reads<R>,
    {
        SearchAll::every_row(self.rows.reader())
    }

    /// Returns a tool with which a language model can read this store. This requires the `tool` cargo feature.
    ///
    /// The tool searches, filters and returns rows as JSON. It cannot write, and it reads only the rows of this store, which
    /// can be a view or a scoped store. The tool of a scoped store does not offer the columns of the scope.
    #[cfg(feature = "tool")]
    pub fn tool(&self) -> crate::tool::Tool
    where
        A: Reads<R>,
    {
        crate::tool::Tool::new::<R>(self.rows.reader(), self.rows.restriction.scope_columns())
    }

    /// Returns the number of rows.
    ///
    /// # Errors
    /// `TableNotFound` when the table was dropped; `TableChanged` when another program changed it; `Engine` when the
    /// storage fails.
    pub fn count(&self) -> BoxFuture<'static, Result<usize>>
    where
        A: Reads<R>,
    {
        self.search_all().count()
    }

    /// Returns the stored Arrow schema of the table. Its metadata contains the roles of the columns and the models.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn schema(&self) -> Result<SchemaRef> {
        let core = self.core();
        traced!("schema", core.table_name()).on(&core.table).run(core.table.schema(), |_| 0).await
    }

    /// Returns the version of the table. Every commit creates a new version.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn version(&self) -> Result<u64> {
        let core = self.core();
        traced!("version", core.table_name()).on(&core.table).run(core.table.version(), |_| 0).await
    }
}
