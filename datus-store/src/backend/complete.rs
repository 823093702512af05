//! Vector searches that return as many rows as they are asked for, where there are as many.
//!
//! lance 14 looks into more and more partitions until a search is full (`io/exec/knn.rs`, `late_search`), and compares one by one
//! where less than a tenth of a graph passes the filter (`lance-index`, `vector/hnsw/builder.rs`). Nothing promises that a walk
//! through a graph comes to every row. So an answer that is short is checked by the one search that can't miss any.

use arrow_array::RecordBatch;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use lancedb::query::ExecutableQuery;

use super::Table;
use super::error::convert;
use super::read::{DEFAULT_HITS, LegQuery, NearestTo, Prepared, Request};
use crate::error::Result;

/// A search by comparison with every vector, to make up for an answer that is short.
pub(super) struct Spare {
    pub(super) request: Request,
    pub(super) column: &'static str,
    /// How many rows the search asks for.
    wanted: usize,
}

/// The same search without an index; `None` where nothing is to be made up for: a search that uses none, one that says how
/// far it goes at most, and one for a range of distances, which an index finds as approximately as it finds rows.
pub(super) fn without_index(request: &Request) -> Option<Spare> {
    let Some(LegQuery::Nearest(nearest)) = &request.leg else { return None };
    let options = &nearest.options;
    let bounded = options.maximum_nprobes.is_some_and(|most| most > 0);
    let ranged = options.min_distance.is_some() || options.max_distance.is_some();
    if options.exact || bounded || ranged {
        return None;
    }
    let (column, wanted) = (nearest.column, request.spec.limit.unwrap_or(DEFAULT_HITS));
    let mut exact = request.clone();
    if let Some(LegQuery::Nearest(NearestTo { options, .. })) = &mut exact.leg {
        options.exact = true;
    }
    Some(Spare { request: exact, column, wanted })
}

impl Table {
    /// The answer, or that of the search without an index where the answer is short and the column has one.
    pub(super) async fn completed(
        &self,
        answer: BoxStream<'static, Result<RecordBatch>>,
        spare: Spare,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let batches: Vec<RecordBatch> = answer.try_collect().await?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if rows >= spare.wanted || !self.has_vector_index(spare.column).await? {
            return Ok(stream::iter(batches.into_iter().map(Ok)).boxed());
        }
        tracing::debug!(target: "datus_store", column = spare.column, rows, "a short answer is checked by exact search");
        let batches = match self.prepare(spare.request)? {
            Prepared::Plain(query) => query.execute().await,
            Prepared::Nearest(query) => query.execute().await,
        };
        Ok(batches.map_err(convert)?.map_err(convert).boxed())
    }
}
