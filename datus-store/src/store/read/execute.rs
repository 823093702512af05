use arrow_array::RecordBatch;
use futures::TryStreamExt;

use super::ranked::Search;
use super::tuning::{self, ResultCounts, SearchScope};
use crate::backend::{DEFAULT_HITS, LegQuery, NearestTo, Request};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role};
use crate::query::{
    BatchStream, FullText, Nearest, PageBatches, PageSpec, Predicate, QuerySpec, VectorQuery,
};
use crate::record::{ColumnPath, VectorDef, vector_at};
use crate::store::core::Core;
use crate::store::restriction::RestrictedQuery;
use crate::store::snapshot::Snapshot;
use crate::store::{Traced, traced};

impl Core {
    pub(super) async fn execute(&self, query: RestrictedQuery) -> Result<BatchStream> {
        let spec = query.into_spec();
        let traced = self.trace(&spec);
        let answer = traced
            .step(async {
                match self.resolve(spec).await? {
                    Resolved::One(now, mut request) => match request.leg.take() {
                        Some(LegQuery::FullText(query)) => {
                            Search::by_score(self, *request, query).answer(&now).await
                        }
                        leg => {
                            if let Some(LegQuery::Nearest(nearest)) = &leg {
                                let QuerySpec { filter, limit, offset, .. } = &request.spec;
                                let rows = limit.unwrap_or(DEFAULT_HITS).saturating_add(*offset);
                                self.repeat_live(&now, nearest, filter.as_ref(), ResultCounts::all(rows));
                            }
                            self.read(&now, Request { leg, ..*request }).await
                        }
                    },
                    Resolved::Ranked(now, search) => search.answer(&now).await,
                }
            })
            .await?;
        Ok(BatchStream { schema: answer.schema, batches: traced.stream(answer.batches) })
    }

    pub(super) async fn page(&self, query: RestrictedQuery, page: PageSpec) -> Result<PageBatches> {
        let spec = query.into_spec();
        let rows = |page: &PageBatches| page.batches.iter().map(RecordBatch::num_rows).sum();
        traced!("page", self.table_name()).on(&self.table).run(self.read_page(spec, page), rows).await
    }

    pub(super) async fn count(&self, query: RestrictedQuery) -> Result<usize> {
        let spec = query.into_spec();
        let count = async {
            match self.resolve(spec).await? {
                Resolved::One(now, mut request) => match request.leg.take() {
                    // The engine does not count newer rows, see `store/read/ranked/newer.rs`.
                    Some(LegQuery::FullText(query)) if query.needs_index() => {
                        Search::by_score(self, *request, query).count(&now).await
                    }
                    leg => match &request.spec.limit_per {
                        Some(per) => Ok(now.table.ids_limited_per(&request.spec, per).await?.len()),
                        None => now.table.count(Request { leg, ..*request }).await,
                    },
                },
                Resolved::Ranked(now, search) => search.count(&now).await,
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
            match self.resolve(spec).await? {
                Resolved::One(now, request) => now.table.explain(*request).await,
                Resolved::Ranked(now, search) => search.explain(&now).await,
            }
        };
        traced!("explain", self.table_name()).on(&self.table).run(explain, |_| 0).await
    }
}

/// A query with its defaults filled in: columns, metric and the query's vector.
enum Resolved<'a> {
    /// One query of the engine, on the version of the table that was checked.
    One(Snapshot, Box<Request>),
    /// A search whose rows this crate orders.
    Ranked(Snapshot, Box<Search<'a>>),
}

impl Core {
    fn trace(&self, spec: &QuerySpec) -> Traced {
        let traced = match spec.is_search() {
            true => traced!("search", self.table_name()),
            false => traced!("search_all", self.table_name()),
        };
        traced.on(&self.table)
    }

    /// Creates a query for rows, without a search.
    pub(in crate::store) fn rows_of(&self, mut spec: QuerySpec) -> Request {
        let columns = self.columns_of(&mut spec);
        Request { spec, columns, leg: None }
    }

    /// Returns the columns to read.
    fn columns_of(&self, spec: &mut QuerySpec) -> Vec<ColumnPath> {
        let mut columns = spec.columns.take().unwrap_or_else(|| self.columns.clone());
        if spec.vectors {
            columns.extend(self.vector_columns.iter().copied().map(ColumnPath::column));
        }
        columns
    }

    async fn read(&self, now: &Snapshot, mut request: Request) -> Result<BatchStream> {
        if let Some(per) = request.spec.limit_per.take() {
            return now.table.read_limited_per(request, &per).await;
        }
        match self.look_up(now, &request).await? {
            Some(answer) => Ok(answer),
            None => now.table.read(request).await,
        }
    }

    async fn resolve(&self, mut spec: QuerySpec) -> Result<Resolved<'_>> {
        if let Some(fault) = spec.fault {
            return Err(Error::new(ErrorKind::InvalidInput, fault.message).with_help(fault.help));
        }
        let columns = self.columns_of(&mut spec);
        // Distances between vectors of different models have no meaning, so a search checks the models too.
        let now = self.snapshot(spec.is_search() || spec.vectors).await?;
        let (nearest, full_text) = (spec.nearest.take(), spec.full_text.take());
        let full_text = match full_text {
            Some(query) => Some(self.full_text(&now, query, nearest.is_none()).await?),
            None => None,
        };
        let nearest = match nearest {
            Some(nearest) => Some(self.nearest_to(&now, nearest).await?),
            None => None,
        };
        let leg = match (nearest, full_text) {
            (nearest, full_text) if spec.is_ranked(nearest.is_some(), full_text.is_some()) => {
                let search = Search::new(self, spec, columns, nearest, full_text)?;
                return Ok(Resolved::Ranked(now, Box::new(search)));
            }
            (Some(mut nearest), _) => {
                let rows = spec.limit.unwrap_or(DEFAULT_HITS).saturating_add(spec.offset);
                tuning::apply(
                    &now.info.schema,
                    &mut nearest,
                    ResultCounts::all(rows),
                    SearchScope::of(spec.filter.as_ref()),
                );
                Some(LegQuery::Nearest(nearest))
            }
            (None, full_text) => full_text.map(LegQuery::FullText),
        };
        if spec.ranking.candidates.is_some() {
            return Err(no_candidates());
        }
        Ok(Resolved::One(now, Box::new(Request { spec, columns, leg })))
    }

    /// Fills in the columns of a full text query and checks it. `only` is `true` if the search has no vector.
    async fn full_text(&self, now: &Snapshot, query: FullText, only: bool) -> Result<FullText> {
        let query = self.resolve_full_text(query)?;
        self.check_text_indexes(now, &query, only).await
    }

    async fn nearest_to(&self, now: &Snapshot, mut options: Nearest) -> Result<NearestTo> {
        let no_vector = || {
            Error::new(ErrorKind::InvalidInput, format!("the record has no vector number {}", options.vector))
        };
        let definition = self.record.vectors.get(options.vector).ok_or_else(no_vector)?;
        let (column, metric) = (definition.name, definition.metric);
        let vector = match std::mem::replace(&mut options.query, VectorQuery::Text(String::new())) {
            VectorQuery::Text(text) => self.embed_query(definition.model, &text).await,
            VectorQuery::Vector { model, values, dimension } => {
                self.check_vector(definition, &model, &values, dimension).map(|()| values)
            }
            VectorQuery::Row(row) => vector_of(now, definition, row).await,
        };
        let vector = vector.map_err(|error| error.with_column(column))?;
        self.check_direction(definition, &vector, ErrorKind::InvalidInput)?;
        let has_range = options.min_distance.is_some() || options.max_distance.is_some();
        if definition.multi && has_range && !options.exact {
            return Err(inexact_range().with_column(column));
        }
        Ok(NearestTo { column, metric, layout: self.layout(definition), vector, options })
    }

    async fn embed_query(&self, model: usize, text: &str) -> Result<Vec<f32>> {
        if text.trim().is_empty() {
            let help = "give a text to search for, or read rows with `search_all`";
            return Err(Error::new(ErrorKind::InvalidInput, "the query is blank").with_help(help));
        }
        let vectors = model::embed_texts(&*self.models[model], &[text], Role::Query).await?;
        Ok(vectors.into_iter().next().unwrap_or_default())
    }
}

/// The engine would apply the range to the distance of each vector, and not to that of the row.
fn inexact_range() -> Error {
    let message = "a column of several vectors has a range of distances only in exact searches";
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
async fn vector_of(now: &Snapshot, definition: &VectorDef, row: Predicate) -> Result<Vec<f32>> {
    let spec = QuerySpec { filter: Some(row), limit: Some(1), ..QuerySpec::default() };
    let columns = vec![ColumnPath::column(definition.name)];
    let mut answer = now.table.read(Request { spec, columns, leg: None }).await?;
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
