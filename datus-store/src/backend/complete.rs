//! Vector searches that return as many rows as requested, if the table has enough rows.
//!
//! lance 14 searches more partitions until it has enough rows (`io/exec/knn.rs`, `late_search`). It compares every row if
//! fewer than a tenth of a graph's rows pass the filter (`lance-index`, `vector/hnsw/builder.rs`). Nothing guarantees that a
//! graph search reaches every row. So an answer with too few rows is replaced by that of an exact search, which cannot miss a
//! row.

use arrow_array::RecordBatch;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::Table;
use super::read::{DEFAULT_HITS, LegQuery, Request};
use crate::error::Result;

/// An exact search that replaces an answer with too few rows.
pub(super) struct ExactFallback {
    pub(super) request: Request,
    pub(super) column: &'static str,
    /// The number of rows that the search requests.
    limit: usize,
}

impl Request {
    /// Returns the same search without an index, or `None` if an answer with too few rows is not replaced.
    ///
    /// The answer is not replaced if the search uses no index, sets a maximum number of partitions, or sets a range of
    /// distances. A range is excluded because an index search finds its rows only approximately.
    pub(super) fn exact_fallback(&self) -> Option<ExactFallback> {
        let Some(LegQuery::Nearest(nearest)) = &self.leg else { return None };
        let settings = nearest.settings;
        let bounded = settings.maximum_nprobes.is_some_and(|max| max > 0);
        let ranged = settings.min_distance.is_some() || settings.max_distance.is_some();
        if settings.exact || bounded || ranged {
            return None;
        }
        let (column, limit) = (nearest.column, self.limit.unwrap_or(DEFAULT_HITS));
        let leg = LegQuery::Nearest(nearest.clone().exact());
        Some(ExactFallback { request: Self { leg: Some(leg), ..self.clone() }, column, limit })
    }
}

impl Table {
    /// Returns the given answer, or that of the exact search if the given answer has too few rows and the column has an index.
    pub(super) async fn complete_answer(
        &self,
        answer: BoxStream<'static, Result<RecordBatch>>,
        fallback: ExactFallback,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let batches: Vec<RecordBatch> = answer.try_collect().await?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if rows >= fallback.limit || !self.has_vector_index(fallback.column).await? {
            return Ok(stream::iter(batches.into_iter().map(Ok)).boxed());
        }
        tracing::debug!(target: "datus_store", column = fallback.column, rows, "a short answer is checked by an exact search");
        let (_, batches) = self.prepare(fallback.request)?.execute().await?;
        Ok(batches)
    }
}
