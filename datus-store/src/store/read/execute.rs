use arrow_array::RecordBatch;
use futures::TryStreamExt;

use super::ranked::{HitOrder, Legs, Search};
use super::tuning::{self, ResultCounts, SearchScope};
use crate::backend::{DEFAULT_HITS, LegQuery, NearestTo, Request, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Role;
use crate::query::{
    BatchStream, FullText, LimitPer, Nearest, PageBatches, PageSpec, Predicate, QuerySpec, VectorQuery,
};
use crate::record::{ColumnPath, vector_at};
use crate::store::core::{Core, StoreVector};
use crate::store::restriction::RestrictedQuery;
use crate::store::snapshot::Snapshot;
use crate::store::{Traced, traced};

impl Core {
    pub(super) async fn execute(&self, query: RestrictedQuery) -> Result<BatchStream> {
        let spec = query.into_spec();
        let traced = self.trace(&spec);
        let answer = traced
            .step(async {
                let sampled = self.sample_shadow(&spec);
                let (now, query) = self.resolve(spec).await?;
                self.compare_shadow(&now, &query, sampled);
                self.answer(&now, query).await
            })
            .await?;
        Ok(BatchStream { schema: answer.schema, batches: traced.stream(answer.batches) })
    }

    pub(super) async fn answer(&self, now: &Snapshot, query: Resolved<'_>) -> Result<BatchStream> {
        match query {
            Resolved::Rows(request, per) => self.read_rows(now, *request, per).await,
            Resolved::Nearest(request, nearest) => {
                self.repeat_live(now, &nearest, request.filter.as_ref(), counts(&request));
                now.table.read(by_vector(*request, *nearest)).await
            }
            Resolved::FullText(search) | Resolved::Ranked(search) => search.answer(now).await,
        }
    }

    pub(super) async fn page(&self, query: RestrictedQuery, page: PageSpec) -> Result<PageBatches> {
        let spec = query.into_spec();
        let rows = |page: &PageBatches| page.batches.iter().map(RecordBatch::num_rows).sum();
        traced!("page", self.table_name()).on(&self.table).run(self.read_page(spec, page), rows).await
    }

    pub(super) async fn count(&self, query: RestrictedQuery) -> Result<usize> {
        let spec = query.into_spec();
        let count = async {
            let (now, query) = self.resolve(spec).await?;
            match query {
                Resolved::Rows(request, Some(per)) => {
                    Ok(now.table.ids_limited_per(&request, &per).await?.len())
                }
                Resolved::Rows(request, None) => now.table.count(*request).await,
                Resolved::Nearest(request, nearest) => now.table.count(by_vector(*request, *nearest)).await,
                // If the query needs an index, the engine does not count newer rows; see `store/read/ranked/unindexed.rs`.
                Resolved::FullText(search) if !search.needs_index() => {
                    now.table.count(search.engine_request()).await
                }
                Resolved::FullText(search) | Resolved::Ranked(search) => search.count(&now).await,
            }
        };
        traced!("count", self.table_name()).on(&self.table).run(count, |rows| *rows).await
    }

    pub(super) async fn count_groups(
        &self,
        query: RestrictedQuery,
        limit: Option<usize>,
    ) -> Result<RecordBatch> {
        let spec = query.into_spec();
        let rows = RecordBatch::num_rows;
        traced!("count_by", self.table_name())
            .on(&self.table)
            .run(self.most_frequent(spec, limit), rows)
            .await
    }

    pub(super) async fn explain(&self, query: RestrictedQuery) -> Result<String> {
        let spec = query.into_spec();
        let explain = async {
            let (now, query) = self.resolve(spec).await?;
            match query {
                Resolved::Rows(request, _) => now.table.explain(*request).await,
                Resolved::Nearest(request, nearest) => now.table.explain(by_vector(*request, *nearest)).await,
                Resolved::FullText(search) => now.table.explain(search.engine_request()).await,
                Resolved::Ranked(search) => search.explain(&now).await,
            }
        };
        traced!("explain", self.table_name()).on(&self.table).run(explain, |_| 0).await
    }
}

impl Core {
    /// Embeds the query that several searches share.
    pub(super) async fn embed_for_searches(&self, vector: usize, text: &str) -> Result<Vec<f32>> {
        let embed = async {
            let vector = self.vector(vector)?;
            embed_query(vector, text).await.map_err(|error| error.with_column(vector.name()))
        };
        traced!("embed_query", self.table_name()).on(&self.table).run(embed, |_| 0).await
    }
}

/// A query with its defaults filled in: columns, metric and the query's vector.
pub(super) enum Resolved<'a> {
    /// Rows without a search.
    Rows(Box<Request>, Option<LimitPer>),
    /// A vector search, ordered by distance, that the engine runs.
    Nearest(Box<Request>, Box<NearestTo>),
    /// A full-text search, ordered by score.
    FullText(Box<Search<'a>>),
    /// A search that this crate orders by ranks, by scores, or with a reranker that reads the rows.
    Ranked(Box<Search<'a>>),
}

impl Resolved<'_> {
    /// Returns the query vector, if the search has one.
    pub(super) fn vector(&self) -> Option<&[f32]> {
        match self {
            Self::Rows(..) => None,
            Self::Nearest(_, nearest) => Some(&nearest.vector),
            Self::FullText(search) | Self::Ranked(search) => search.vector(),
        }
    }
}

/// Returns the engine's query for a vector search.
fn by_vector(rows: Request, nearest: NearestTo) -> Request {
    Request { leg: Some(LegQuery::Nearest(nearest)), ..rows }
}

/// Returns the row counts of a search that the engine orders.
fn counts(rows: &Request) -> ResultCounts {
    ResultCounts::all(rows.limit.unwrap_or(DEFAULT_HITS).saturating_add(rows.offset))
}

impl Core {
    pub(super) fn trace(&self, spec: &QuerySpec) -> Traced {
        let traced = match spec.is_search() {
            true => traced!("search", self.table_name()),
            false => traced!("search_all", self.table_name()),
        };
        traced.on(&self.table)
    }

    /// Creates a query for rows, without a search.
    pub(in crate::store) fn rows_of(&self, spec: QuerySpec) -> Request {
        let columns = self.columns_of(&spec);
        let QuerySpec { filter, limit, offset, order, .. } = spec;
        Request { columns, filter, limit, offset, order, leg: None }
    }

    /// Returns the columns to read.
    fn columns_of(&self, spec: &QuerySpec) -> Vec<ColumnPath> {
        let mut columns = spec.columns.clone().unwrap_or_else(|| self.columns.clone());
        if spec.vectors {
            columns.extend(self.own_vectors().map(|vector| ColumnPath::column(vector.name())));
        }
        columns
    }

    async fn read_rows(&self, now: &Snapshot, rows: Request, per: Option<LimitPer>) -> Result<BatchStream> {
        if let Some(per) = per {
            return now.table.read_limited_per(rows, &per).await;
        }
        match self.look_up(now, &rows).await? {
            Some(answer) => Ok(answer),
            None => now.table.read(rows).await,
        }
    }

    /// Resolves a query against the newest version of the table.
    pub(super) async fn resolve(&self, spec: QuerySpec) -> Result<(Snapshot, Resolved<'_>)> {
        // Distances between vectors of different models have no meaning, so a search checks the models too.
        let now = self.snapshot(spec.is_search() || spec.vectors).await?;
        let columns = self.columns_of(&spec);
        let QuerySpec {
            filter, limit, offset, order, limit_per, nearest, full_text, ranking, highlight, ..
        } = spec;
        let only_text = nearest.is_none();
        let full_text = match full_text {
            Some(query) => Some(self.full_text(&now, query, only_text).await?),
            None => None,
        };
        let nearest = match nearest {
            Some(nearest) => Some(self.nearest_to(&now, nearest).await?),
            None => None,
        };
        let has_candidates = ranking.candidates.is_some();
        let is_ranked = ranking.reranker.is_some()
            || nearest.is_some() && full_text.is_some()
            || limit_per.is_some() && !has_candidates;
        if has_candidates && !is_ranked {
            return Err(no_candidates());
        }
        let rows = Request { columns, filter, limit, offset, order, leg: None };
        let query = match (nearest, full_text) {
            (None, None) => Resolved::Rows(Box::new(rows), limit_per),
            (Some(mut nearest), None) if !is_ranked => {
                let scope = SearchScope::of(rows.filter.as_ref());
                tuning::apply(&now.info.schema, &mut nearest, counts(&rows), scope);
                Resolved::Nearest(Box::new(rows), Box::new(nearest))
            }
            (nearest, full_text) => {
                let order = HitOrder { ranking, limit_per, highlight };
                let search = Box::new(Search::new(self, rows, Legs { nearest, full_text }, order)?);
                if is_ranked { Resolved::Ranked(search) } else { Resolved::FullText(search) }
            }
        };
        Ok((now, query))
    }

    /// Fills in the columns of a full-text query and checks it. `only` is `true` if the search has no vector.
    async fn full_text(&self, now: &Snapshot, query: FullText, only: bool) -> Result<FullText> {
        let query = self.resolve_full_text(query)?;
        self.check_text_indexes(now, &query, only).await
    }

    async fn nearest_to(&self, now: &Snapshot, nearest: Nearest) -> Result<NearestTo> {
        let Nearest { vector: number, query, settings } = nearest;
        let searched = self.vector(number)?;
        let (column, metric) = (searched.name(), searched.definition.metric);
        let vector = match query {
            VectorQuery::Text(text) => embed_query(searched, &text).await,
            VectorQuery::Vector { model, values, dimension } => {
                searched.check(&model, &values, dimension).map(|()| values)
            }
            VectorQuery::Row(row) => vector_of(&now.table, column, row).await,
        };
        let vector = vector.map_err(|error| error.with_column(column))?;
        searched.check_direction(&vector, ErrorKind::InvalidInput)?;
        let has_range = settings.min_distance.is_some() || settings.max_distance.is_some();
        if searched.definition.multi && has_range && !settings.exact {
            return Err(inexact_range().with_column(column));
        }
        Ok(NearestTo { number, column, metric, layout: searched.layout(), vector, settings })
    }
}

async fn embed_query(vector: &StoreVector, text: &str) -> Result<Vec<f32>> {
    if text.trim().is_empty() {
        let help = "pass a text to search for, or read rows with `search_all`";
        return Err(Error::new(ErrorKind::InvalidInput, "the query is blank").with_help(help));
    }
    vector.embed(text, Role::Query).await
}

/// Returns the error for a range of distances in an inexact search of a column with several vectors per row. The engine
/// would apply the range to the distance of each vector, not to that of the row.
fn inexact_range() -> Error {
    let message =
        "a column with several vectors per row supports a range of distances only in exact searches";
    Error::new(ErrorKind::InvalidInput, message)
        .with_help("add `.exact()`, or leave out `.distance_range(…)`")
}

fn no_candidates() -> Error {
    let message = "the number of candidates applies only to hybrid and reranked searches";
    let help =
        "use `.candidates(n)` with `.hybrid()` or `.rerank(…)`, and `.limit(n)` for the number of hits";
    Error::new(ErrorKind::InvalidInput, message).with_help(help)
}

/// Returns the vector of the row that matches the filter.
pub(super) async fn vector_of(table: &Table, column: &'static str, row: Predicate) -> Result<Vec<f32>> {
    let columns = vec![ColumnPath::column(column)];
    let row = Request { columns, filter: Some(row), limit: Some(1), ..Request::default() };
    let mut answer = table.read(row).await?;
    let mut batch = answer.batches.try_next().await?;
    while batch.as_ref().is_some_and(|batch| batch.num_rows() == 0) {
        batch = answer.batches.try_next().await?;
    }
    match batch.map(|batch| vector_at(batch.column(0), 0)) {
        Some(Some(vector)) => Ok(vector),
        Some(None) => {
            let message = "the row to compare with has no vector, since its text is missing or blank";
            Err(Error::new(ErrorKind::InvalidInput, message).with_help("search for a text instead"))
        }
        None => Err(Error::new(ErrorKind::RowNotFound, "no row has this key, so nothing is similar to it")
            .with_help("look the key up with `store.get(key).await`, which returns `None`")),
    }
}
