//! Reads rows of a table and runs searches.

mod bounds;
mod flat;
mod full_text;
mod legs;
mod nearest;
mod nearest_in_memory;
mod nearest_plan;
mod vector_cache;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, SchemaRef};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use lancedb::query::{ColumnOrdering, ExecutableQuery, Query, QueryBase, VectorQuery};

pub(super) use self::flat::{column_at, flat_schema, flatten, missing, roots, select};
pub(crate) use self::full_text::bm25_field;
pub(super) use self::full_text::prepare as full_text_search;
pub(crate) use self::legs::{ScoredRow, ScoredRows};
pub(crate) use self::nearest::{NearestTo, distance_field};
pub(super) use self::nearest::{min_ef, nearest_to, with_distance};
pub(super) use self::vector_cache::{DecodedVectors, TableVectors};
use super::Table;
use super::error::convert;
use super::lower::lower;
use crate::error::Result;
use crate::query::{BatchStream, FullText, Predicate, SortDirection, SortKey};
use crate::record::ColumnPath;

/// A query in which everything that depends on the record or its models has been resolved.
#[derive(Clone, Default)]
pub(crate) struct Request {
    /// The columns to return, in order.
    pub(crate) columns: Vec<ColumnPath>,
    /// The filter, or `None` for all rows.
    pub(crate) filter: Option<Predicate>,
    /// The maximum number of rows. `None` means [`DEFAULT_HITS`] in a search, and otherwise all rows.
    pub(crate) limit: Option<usize>,
    /// The number of rows to skip.
    pub(crate) offset: usize,
    /// The order of a query without a search.
    pub(crate) order: Vec<SortKey>,
    /// The search; `None` for a query without a search.
    pub(crate) leg: Option<LegQuery>,
}

/// One search that the engine runs.
#[derive(Debug, Clone)]
pub(crate) enum LegQuery {
    Nearest(NearestTo),
    FullText(FullText),
}

impl LegQuery {
    /// Returns the field for the search's distance or score column.
    pub(crate) fn score(&self) -> Field {
        match self {
            Self::Nearest(nearest) => nearest.score(),
            Self::FullText(_) => bm25_field(),
        }
    }
}

/// The number of hits that a search without a limit returns, which is lancedb's default.
pub(crate) const DEFAULT_HITS: usize = 10;

impl Table {
    pub(crate) async fn read(&self, request: Request) -> Result<BatchStream> {
        let BatchStream { schema, batches } = self.check_damage(self.open_stream(request)).await?;
        let table = self.clone();
        let batches = batches.or_else(move |error| {
            let table = table.clone();
            async move { Err(table.with_damage_cause(error).await) }
        });
        Ok(BatchStream { schema, batches: batches.boxed() })
    }

    async fn open_stream(&self, request: Request) -> Result<BatchStream> {
        let request = self.bounded(request).await?;
        let paths = request.columns.clone();
        let score = request.leg.as_ref().map(LegQuery::score);
        let rows = request.limit.unwrap_or(usize::MAX);
        let fallback = request.exact_fallback();
        let (stored, batches) = self.prepare(request)?.execute().await?;
        let schema = flat_schema(&stored, &paths, score)?;
        let answer = Arc::clone(&schema);
        let batches = match fallback {
            Some(fallback) => self.complete_answer(batches, fallback).await?,
            None => batches,
        };
        let batches = batches.map(move |batch| flatten(&batch?, &paths, &answer));
        // A search with a limit of 0 requests one hit, because the engine refuses 0.
        let batches = if rows == 0 { batches.take(0).boxed() } else { batches.boxed() };
        Ok(BatchStream { schema, batches })
    }

    /// Counts the rows of the request without reading the requested columns.
    pub(crate) async fn count(&self, request: Request) -> Result<usize> {
        self.check_damage(self.count_once(request)).await
    }

    async fn count_once(&self, request: Request) -> Result<usize> {
        if request.limit == Some(0) {
            return Ok(0);
        }
        if request.leg.is_none() && request.filter.is_none() {
            let rows = self.raw().count_rows(None).await.map_err(convert)?;
            let rows = rows.saturating_sub(request.offset);
            return Ok(request.limit.map_or(rows, |limit| rows.min(limit)));
        }
        let request = Request { columns: Vec::new(), order: Vec::new(), ..request };
        let request = self.bounded(request).await?;
        if request.limit == Some(0) {
            return Ok(0);
        }
        let fallback = request.exact_fallback();
        let (_, batches) = self.prepare(request)?.with_row_id().execute().await?;
        let batches = match fallback {
            Some(fallback) => self.complete_answer(batches, fallback).await?,
            None => batches,
        };
        batches.try_fold(0, |sum, batch| async move { Ok(sum + batch.num_rows()) }).await
    }

    pub(crate) async fn explain(&self, request: Request) -> Result<String> {
        let request = self.bounded(request).await?;
        match self.prepare(request)? {
            Prepared::Plain(query) => query.explain_plan(true).await,
            Prepared::Nearest { query, .. } => query.explain_plan(true).await,
        }
        .map_err(convert)
    }

    /// Returns the schema of an answer that has no scores.
    pub(crate) async fn answer_schema(&self, paths: &[ColumnPath]) -> Result<SchemaRef> {
        flat_schema(&*self.schema().await?, paths, None)
    }

    pub(super) fn prepare(&self, request: Request) -> Result<Prepared> {
        let Request { columns, filter, limit, offset, order, leg } = request;
        let query = refine(self.raw().query(), filter.as_ref(), offset)?;
        match leg {
            Some(leg) => self.search(query, leg, &columns, limit.unwrap_or(DEFAULT_HITS).max(1)),
            None => {
                // The engine sorts only by columns that it reads; `flatten` drops those that were not requested.
                let read: Vec<ColumnPath> =
                    columns.into_iter().chain(order.iter().map(|key| key.column)).collect();
                let mut query = query.select(select(&read, None));
                if let Some(limit) = limit {
                    query = query.limit(limit);
                }
                // A query for zero rows needs no order, and the engine's sort panics with a limit of 0.
                if !order.is_empty() && limit != Some(0) {
                    let keys = order.iter().map(|key| ColumnOrdering {
                        ascending: key.direction == SortDirection::Ascending,
                        nulls_first: false,
                        column_name: key.column.to_string(),
                    });
                    query = query.order_by(Some(keys.collect()));
                }
                Ok(Prepared::Plain(query))
            }
        }
    }

    fn search(&self, query: Query, leg: LegQuery, columns: &[ColumnPath], limit: usize) -> Result<Prepared> {
        let score = leg.score();
        let select = select(columns, Some(score.name()));
        Ok(match leg {
            LegQuery::Nearest(nearest) => {
                let multi = nearest.layout.multi;
                let query = nearest.prepare(query)?.limit(limit).select(select);
                let vectors = (!multi && !self.is_service()).then(|| Arc::clone(self.vectors()));
                Prepared::Nearest { query, multi, vectors }
            }
            LegQuery::FullText(text) => {
                Prepared::Plain(full_text::prepare(query, text)?.limit(limit).select(select))
            }
        })
    }
}

pub(super) enum Prepared {
    Plain(Query),
    Nearest {
        query: VectorQuery,
        /// `true` if each row contains a list of vectors.
        multi: bool,
        /// The vectors of the table that are in memory; `None` if the search cannot use them.
        vectors: Option<Arc<TableVectors>>,
    },
}

impl Prepared {
    pub(super) fn with_row_id(self) -> Self {
        match self {
            Self::Plain(query) => Self::Plain(query.with_row_id()),
            Self::Nearest { query, multi, vectors } => {
                Self::Nearest { query: query.with_row_id(), multi, vectors }
            }
        }
    }

    /// Runs the query. Also returns the schema of the engine's answer.
    pub(super) async fn execute(self) -> Result<(SchemaRef, BoxStream<'static, Result<RecordBatch>>)> {
        let (batches, multi) = match self {
            Self::Plain(query) => (query.execute().await, false),
            Self::Nearest { query, vectors: Some(vectors), .. } => {
                (nearest_plan::execute(&query, &vectors).await, false)
            }
            Self::Nearest { query, multi, .. } => (query.execute().await, multi),
        };
        let batches = batches.map_err(convert)?;
        let schema = batches.schema();
        let batches = batches.map_err(convert);
        let batches = match multi {
            true => batches.map(|batch| with_distance(batch?)).boxed(),
            false => batches.boxed(),
        };
        Ok((schema, batches))
    }
}

fn refine(query: Query, filter: Option<&Predicate>, offset: usize) -> Result<Query> {
    let query = if offset > 0 { query.offset(offset) } else { query };
    match filter {
        Some(filter) => Ok(query.only_if_expr(lower(filter)?)),
        None => Ok(query),
    }
}
