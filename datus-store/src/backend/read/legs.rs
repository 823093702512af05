//! Runs the legs of a hybrid or reranked search, which return row ids with scores, and reads rows by their ids.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, UInt64Type};
use arrow_array::{RecordBatch, UInt64Array};
use futures::TryStreamExt;
use lancedb::query::ExecutableQuery;

use super::flat::{flat_schema, flatten, missing, roots, select};
use super::{LegQuery, Request};
use crate::backend::Table;
use crate::backend::error::convert;
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;
use crate::record::ColumnPath;

/// The engine's column of row ids, which are valid in one version of the table.
const ROW_ID: &str = "_rowid";

/// A row that a leg found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ScoredRow {
    pub(crate) row: u64,
    /// The distance, or the BM25 score.
    pub(crate) score: f32,
}

/// The best rows that a leg found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScoredRows {
    pub(crate) rows: Vec<ScoredRow>,
    /// `true` if the search has no further rows.
    pub(crate) is_complete: bool,
}

impl Table {
    /// Returns the row ids and scores of the best rows of a search, best first.
    pub(crate) async fn search_row_ids(
        &self,
        leg: LegQuery,
        filter: Option<&Predicate>,
        limit: usize,
    ) -> Result<ScoredRows> {
        let (filter, leg) = (filter.cloned(), Some(leg));
        let request = Request { filter, limit: Some(limit), leg, ..Request::default() };
        let request = self.bounded(request).await?;
        let read = request.limit.unwrap_or(limit);
        let fallback = request.exact_fallback();
        let mut rows = self.check_damage(self.scored_rows(request)).await?;
        if let Some(fallback) = fallback
            && rows.len() < read
            && self.has_vector_index(fallback.column).await?
        {
            rows = self.scored_rows(fallback.request).await?;
        }
        // If the limit was reduced, it exceeded the number of rows in the table.
        let is_complete = rows.len() < read || read < limit;
        Ok(ScoredRows { rows, is_complete })
    }

    async fn scored_rows(&self, request: Request) -> Result<Vec<ScoredRow>> {
        let score = request.leg.as_ref().map(LegQuery::score);
        let score = score.as_ref().map_or(ROW_ID, |score| score.name());
        let (_, batches) = self.prepare(request)?.with_row_id().execute().await?;
        let batches: Vec<RecordBatch> = batches.try_collect().await?;
        let mut found = Vec::new();
        for batch in &batches {
            let ids = batch.column_by_name(ROW_ID).and_then(|ids| ids.as_primitive_opt::<UInt64Type>());
            let scores = batch.column_by_name(score);
            let scores = scores.and_then(|scores| scores.as_primitive_opt::<Float32Type>());
            let rows = ids.ok_or_else(|| missing(ROW_ID))?.values().iter();
            let scores = scores.ok_or_else(|| missing(score))?.values().iter();
            found.extend(rows.zip(scores).map(|(&row, &score)| ScoredRow { row, score }));
        }
        Ok(found)
    }

    /// Returns the rows with these ids, in the order of the ids.
    pub(crate) async fn take(&self, rows: &[u64], paths: &[ColumnPath]) -> Result<RecordBatch> {
        if rows.is_empty() {
            return Ok(RecordBatch::new_empty(self.answer_schema(paths).await?));
        }
        let batch = match self.raw().dataset() {
            Some(dataset) => {
                let dataset = dataset.get().await.map_err(convert)?;
                let columns =
                    dataset.schema().project(&roots(paths)).map_err(|error| convert(error.into()))?;
                dataset.take_rows(rows, columns).await.map_err(|error| convert(error.into()))?
            }
            None => self.take_by_query(rows, paths).await?,
        };
        if batch.num_rows() != rows.len() {
            return Err(row_gone());
        }
        flatten(&batch, paths, &flat_schema(&batch.schema(), paths, None)?)
    }

    /// Does the same as [`take`](Self::take), but without a local dataset. A query returns the rows in any order, so this sorts
    /// them.
    async fn take_by_query(&self, rows: &[u64], paths: &[ColumnPath]) -> Result<RecordBatch> {
        let query = self.raw().take_row_ids(rows.to_vec()).select(select(paths, None)).with_row_id();
        let batches = query.execute().await.map_err(convert)?;
        let stored = batches.schema();
        let batches: Vec<RecordBatch> = batches.map_err(convert).try_collect().await?;
        let batch = arrow_select::concat::concat_batches(&stored, &batches).map_err(sort_error)?;
        let ids = batch.column_by_name(ROW_ID).and_then(|ids| ids.as_primitive_opt::<UInt64Type>());
        let ids = ids.ok_or_else(|| missing(ROW_ID))?.values().iter();
        let places: HashMap<u64, u64> = ids.copied().zip(0..).collect();
        let order = rows.iter().map(|row| places.get(row).copied().ok_or_else(row_gone));
        let order = UInt64Array::from(order.collect::<Result<Vec<u64>>>()?);
        arrow_select::take::take_record_batch(&batch, &order).map_err(sort_error)
    }
}

fn row_gone() -> Error {
    Error::new(ErrorKind::Engine, "a row that the search found no longer existed when it was read")
}

fn sort_error(source: arrow_schema::ArrowError) -> Error {
    Error::new(ErrorKind::Engine, "the rows cannot be sorted").with_source(source)
}
