//! The rows of a page, read, with their scores.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, RecordBatch, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use futures::StreamExt;
use futures::stream;

use super::candidates::key_rows;
use super::{Placed, Search};
use crate::backend::{bm25_field, distance_field};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{BM25_RANK, BatchStream, DISTANCE_RANK, RELEVANCE};
use crate::record::{ColumnPath, keys};
use crate::rerank::Leg;
use crate::store::now::Now;

impl Search<'_> {
    /// Reads the page out of rows in their order, before which there are `start` others.
    pub(super) async fn page(&self, now: &Now, start: usize, placed: Vec<Placed>) -> Result<BatchStream> {
        let first = self.offset.saturating_sub(start).min(placed.len());
        let last = self.wanted().saturating_sub(start).min(placed.len());
        let tied = with_ties(&placed, first, last);
        let mut rows = placed.get(tied.clone()).unwrap_or_default().to_vec();
        let keys = self.key_paths();
        let paths: Vec<ColumnPath> = self.columns.iter().chain(&keys).copied().collect();
        let ids: Vec<u64> = rows.iter().map(|placed| placed.row.id).collect();
        let batch = now.table.take(&ids, &paths).await?;

        let mut order: Vec<usize> = (0..rows.len()).collect();
        if let Some(keys) = key_rows(batch.columns().get(self.columns.len()..).unwrap_or_default())? {
            // Stable, and only among equal ones: they are neighbours.
            order.sort_by(|&a, &b| rows[a].compare(&rows[b]).then(keys.row(a).cmp(&keys.row(b))));
        }
        let order: Vec<usize> = order.into_iter().skip(first - tied.start).take(last - first).collect();
        rows = order.iter().filter_map(|&position| rows.get(position).copied()).collect();
        let batch = in_order(&batch, self.columns.len(), &order)?;
        let batch = self.with_scores(batch, &rows)?;
        Ok(BatchStream { schema: batch.schema(), batches: stream::iter([Ok(batch)]).boxed() })
    }

    /// The columns of the rows, and after them what each leg measured and what the rows are ordered by.
    fn with_scores(&self, batch: RecordBatch, rows: &[Placed]) -> Result<RecordBatch> {
        let mut fields: Vec<Field> =
            batch.schema().fields().iter().map(|field| Field::clone(field)).collect();
        let mut columns = batch.columns().to_vec();
        let Some(reranker) = &self.reranker else {
            fields.push(bm25_field());
            columns.push(Arc::new(rows.iter().map(|placed| placed.score).collect::<Float32Array>()));
            let schema = Schema::new_with_metadata(fields, batch.schema().metadata().clone());
            return RecordBatch::try_new(Arc::new(schema), columns).map_err(unfit);
        };
        let mut leg = |score: Field, rank: &str, of: fn(&Placed) -> Option<Leg>| {
            let legs = || rows.iter().map(of);
            let scores: Float32Array = legs().map(|leg| leg.map(|leg| leg.score)).collect();
            let ranks: UInt64Array =
                legs().map(|leg| leg.and_then(|leg| u64::try_from(leg.rank).ok())).collect();
            fields.extend([score, Field::new(rank, DataType::UInt64, true)]);
            columns.extend([Arc::new(scores) as ArrayRef, Arc::new(ranks)]);
        };
        if let Some(nearest) = &self.nearest {
            leg(distance_field(nearest.metric), DISTANCE_RANK, |placed| placed.row.nearest);
        }
        if self.full_text.is_some() {
            leg(bm25_field(), BM25_RANK, |placed| placed.row.full_text);
        }
        let by = if self.is_fusion() { keys::FUSED_BY } else { keys::RERANKED_BY };
        let metadata = HashMap::from([(by.to_owned(), reranker.name().to_owned())]);
        fields.push(Field::new(RELEVANCE, DataType::Float32, false).with_metadata(metadata));
        columns.push(Arc::new(rows.iter().map(|placed| placed.score).collect::<Float32Array>()));
        let schema = Schema::new_with_metadata(fields, batch.schema().metadata().clone());
        RecordBatch::try_new(Arc::new(schema), columns).map_err(unfit)
    }
}

/// The page and the rows next to it that are equal to its first or its last one: which of them are in it, their keys say.
fn with_ties(placed: &[Placed], first: usize, last: usize) -> std::ops::Range<usize> {
    let equal = |a: usize, b: usize| match (placed.get(a), placed.get(b)) {
        (Some(a), Some(b)) => a.compare(b).is_eq(),
        _ => false,
    };
    if first >= last {
        return first..first;
    }
    let (mut start, mut end) = (first, last);
    while start > 0 && equal(start - 1, start) {
        start -= 1;
    }
    while equal(end - 1, end) {
        end += 1;
    }
    start..end
}

/// The first columns, with the rows at the positions.
fn in_order(batch: &RecordBatch, columns: usize, order: &[usize]) -> Result<RecordBatch> {
    let columns: Vec<usize> = (0..columns).collect();
    let positions: UInt64Array = order.iter().map(|&position| u64::try_from(position).ok()).collect();
    let batch = batch.project(&columns).map_err(unfit)?;
    arrow_select::take::take_record_batch(&batch, &positions).map_err(unfit)
}

pub(super) fn unfit(source: arrow_schema::ArrowError) -> Error {
    Error::new(ErrorKind::Engine, "the rows of the page can't be put together").with_source(source)
}
