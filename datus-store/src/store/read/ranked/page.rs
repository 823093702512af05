//! Reads the rows of a page, with their scores.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{Float32Builder, MapBuilder, StringBuilder};
use arrow_array::{Array, ArrayRef, Float32Array, RecordBatch, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use futures::StreamExt;
use futures::stream;

use super::candidates::key_rows;
use super::highlight::Highlighter;
use super::{RankedHit, Search};
use crate::backend::{bm25_field, distance_field};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{BM25_RANK, BatchStream, DISTANCE_RANK, RELEVANCE, RELEVANCE_TERMS};
use crate::record::{ColumnPath, keys};
use crate::rerank::Leg;
use crate::store::snapshot::Snapshot;

/// The maximum number of rows outside the page that are read in full because they tie with its first or last row. If there are
/// more, their keys are read first, and then only the rows of the page.
const READ_WITH_PAGE: usize = 32;

impl Search<'_> {
    /// Reads the page from ranked rows. `start` rows precede the first of them.
    pub(super) async fn page(
        &self,
        now: &Snapshot,
        start: usize,
        hits: Vec<RankedHit>,
    ) -> Result<BatchStream> {
        let first = self.offset.saturating_sub(start).min(hits.len());
        let last = self.page_end().saturating_sub(start).min(hits.len());
        let keys = self.key_paths();
        let tied = if keys.is_empty() { first..last } else { with_ties(&hits, first, last) };
        let mut rows = hits.get(tied.clone()).unwrap_or_default().to_vec();
        let (mut skipped, page) = (first - tied.start, last - first);
        if rows.len() > page + READ_WITH_PAGE {
            let batch = now.table.take(&ids(&rows), &keys).await?;
            rows = by_key(&rows, batch.columns(), skipped, page)?
                .into_iter()
                .map(|at| rows[at].clone())
                .collect();
            skipped = 0;
        }
        let highlighter = self.highlighter(now).await?;
        let texts = highlighter.as_ref().map(Highlighter::paths).unwrap_or_default();
        let paths: Vec<ColumnPath> = self.columns.iter().chain(&texts).chain(&keys).copied().collect();
        let batch = now.table.take(&ids(&rows), &paths).await?;
        let read = self.columns.len() + texts.len();
        let read_keys = batch.columns().get(read..).unwrap_or_default();
        let order = by_key(&rows, read_keys, skipped, page)?;
        rows = order.iter().map(|&at| rows[at].clone()).collect();
        let all = in_order(&batch, 0..read, &order)?;
        let batch = all.project(&(0..self.columns.len()).collect::<Vec<_>>()).map_err(unfit)?;
        let mut batch = self.with_scores(batch, &rows)?;
        if let Some(highlighter) = highlighter {
            let texts = all.columns().get(self.columns.len()..).unwrap_or_default().to_vec();
            batch = with_column(&batch, highlighter.highlight(texts).await?)?;
        }
        Ok(BatchStream { schema: batch.schema(), batches: stream::iter([Ok(batch)]).boxed() })
    }

    /// Appends columns with the score and rank of each leg, and with the score that orders the rows.
    fn with_scores(&self, batch: RecordBatch, rows: &[RankedHit]) -> Result<RecordBatch> {
        let mut fields: Vec<Field> =
            batch.schema().fields().iter().map(|field| Field::clone(field)).collect();
        let mut columns = batch.columns().to_vec();
        let Some(reranker) = &self.reranker else {
            let (score, leg): (Field, fn(&RankedHit) -> Option<Leg>) = match &self.nearest {
                Some(nearest) => (distance_field(nearest.metric), |hit| hit.row.nearest),
                None => (bm25_field(), |hit| hit.row.full_text),
            };
            fields.push(score);
            let scores = rows.iter().map(|hit| leg(hit).map(|leg| leg.score));
            columns.push(Arc::new(scores.collect::<Float32Array>()));
            let schema = Schema::new_with_metadata(fields, batch.schema().metadata().clone());
            return RecordBatch::try_new(Arc::new(schema), columns).map_err(unfit);
        };
        let mut leg = |score: Field, rank: &str, of: fn(&RankedHit) -> Option<Leg>| {
            let legs = || rows.iter().map(of);
            let scores: Float32Array = legs().map(|leg| leg.map(|leg| leg.score)).collect();
            let ranks: UInt64Array =
                legs().map(|leg| leg.and_then(|leg| u64::try_from(leg.rank).ok())).collect();
            fields.extend([score, Field::new(rank, DataType::UInt64, true)]);
            columns.extend([Arc::new(scores) as ArrayRef, Arc::new(ranks)]);
        };
        if let Some(nearest) = &self.nearest {
            leg(distance_field(nearest.metric), DISTANCE_RANK, |hit| hit.row.nearest);
        }
        if self.full_text.is_some() {
            leg(bm25_field(), BM25_RANK, |hit| hit.row.full_text);
        }
        let by = if self.is_fusion() { keys::FUSED_BY } else { keys::RERANKED_BY };
        let metadata = HashMap::from([(by.to_owned(), reranker.name().to_owned())]);
        fields.push(Field::new(RELEVANCE, DataType::Float32, false).with_metadata(metadata));
        columns.push(Arc::new(rows.iter().map(|hit| hit.score).collect::<Float32Array>()));
        if rows.iter().any(|hit| !hit.terms.is_empty()) {
            let terms = terms(rows)?;
            fields.push(Field::new(RELEVANCE_TERMS, terms.data_type().clone(), false));
            columns.push(terms);
        }
        let schema = Schema::new_with_metadata(fields, batch.schema().metadata().clone());
        RecordBatch::try_new(Arc::new(schema), columns).map_err(unfit)
    }
}

/// Returns the terms of the scores, as a map from their names to their values.
fn terms(rows: &[RankedHit]) -> Result<ArrayRef> {
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Float32Builder::new());
    for hit in rows {
        for term in &hit.terms {
            maps.keys().append_value(&term.name);
            maps.values().append_value(term.value);
        }
        maps.append(true).map_err(unfit)?;
    }
    Ok(Arc::new(maps.finish()))
}

fn ids(rows: &[RankedHit]) -> Vec<u64> {
    rows.iter().map(|hit| hit.row.id).collect()
}

/// Returns the positions of the rows of a page that starts after `skipped` rows. Ties are ordered by key.
fn by_key(rows: &[RankedHit], keys: &[ArrayRef], skipped: usize, page: usize) -> Result<Vec<usize>> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    if let Some(keys) = key_rows(keys)? {
        // The rows are already ranked, so this only reorders neighboring ties.
        order.sort_by(|&a, &b| rows[a].compare(&rows[b]).then(keys.row(a).cmp(&keys.row(b))));
    }
    Ok(order.into_iter().skip(skipped).take(page).collect())
}

/// Returns the range of the page, extended to include the rows that tie with its first or last row. Their keys decide which
/// of them are on the page.
fn with_ties(hits: &[RankedHit], first: usize, last: usize) -> Range<usize> {
    let equal = |a: usize, b: usize| match (hits.get(a), hits.get(b)) {
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

/// Appends a column.
fn with_column(batch: &RecordBatch, (field, column): (Field, ArrayRef)) -> Result<RecordBatch> {
    let schema = batch.schema();
    let fields = schema.fields().iter().cloned().chain([Arc::new(field)]);
    let schema = Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone());
    let columns = batch.columns().iter().cloned().chain([column]).collect();
    RecordBatch::try_new(Arc::new(schema), columns).map_err(unfit)
}

/// Returns the given columns of the rows at the positions in `order`.
fn in_order(batch: &RecordBatch, columns: Range<usize>, order: &[usize]) -> Result<RecordBatch> {
    let columns: Vec<usize> = columns.collect();
    let positions: UInt64Array = order.iter().map(|&position| u64::try_from(position).ok()).collect();
    let batch = batch.project(&columns).map_err(unfit)?;
    arrow_select::take::take_record_batch(&batch, &positions).map_err(unfit)
}

pub(super) fn unfit(source: arrow_schema::ArrowError) -> Error {
    Error::new(ErrorKind::Engine, "the rows of the page cannot be assembled").with_source(source)
}
