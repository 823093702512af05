use std::sync::Arc;

use arrow_array::RecordBatch;

use super::core::Core;
use super::{Traced, traced, tuned};
use crate::backend::{DEFAULT_HITS, NearestTo, Request};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role, async_trait};
use crate::query::{BatchStream, Execute, Nearest, PageBatches, PageSpec, QuerySpec, VectorQuery};
use crate::record::ColumnPath;

#[async_trait]
impl Execute for Core {
    async fn execute(&self, spec: QuerySpec) -> Result<BatchStream> {
        let traced = self.trace(&spec);
        let answer = traced.step(async { self.table.read(self.resolve(spec).await?).await }).await?;
        Ok(BatchStream { schema: answer.schema, batches: traced.stream(answer.batches) })
    }

    async fn page(&self, spec: QuerySpec, page: PageSpec) -> Result<PageBatches> {
        let rows = |page: &PageBatches| page.batches.iter().map(RecordBatch::num_rows).sum();
        traced!("page", self.record.table).run(self.read_page(spec, page), rows).await
    }

    async fn count(&self, spec: QuerySpec) -> Result<usize> {
        let count = async { self.table.count(self.resolve(spec).await?).await };
        traced!("count", self.record.table).run(count, |rows| *rows).await
    }

    async fn explain(&self, spec: QuerySpec) -> Result<String> {
        let explain = async { self.table.explain(self.resolve(spec).await?).await };
        traced!("explain", self.record.table).run(explain, |_| 0).await
    }

    fn table(&self) -> &str {
        self.record.table
    }

    fn vector_models(&self) -> &[Arc<str>] {
        &self.vector_models
    }

    fn vector_columns(&self) -> &[&'static str] {
        &self.vector_columns
    }
}

impl Core {
    fn trace(&self, spec: &QuerySpec) -> Traced {
        match spec.nearest {
            Some(_) => traced!("search", self.record.table),
            None => traced!("search_all", self.record.table),
        }
    }

    /// Adds what the engine needs to know and the query does not say: columns, metric, the query's vector.
    pub(super) async fn resolve(&self, mut spec: QuerySpec) -> Result<Request> {
        let mut columns = spec.columns.take().unwrap_or_else(|| self.columns.clone());
        if spec.vectors {
            columns.extend(self.vector_columns.iter().copied().map(ColumnPath::column));
        }
        let mut nearest = match spec.nearest.take() {
            Some(nearest) => Some(self.nearest_to(nearest).await?),
            None => None,
        };
        if nearest.is_some() || spec.vectors {
            // Vectors of another model than the query's have distances too, and mean nothing.
            let now = self.checked_schema().await?;
            if let Some(nearest) = &mut nearest {
                tuned::apply(&now, nearest, spec.limit.unwrap_or(DEFAULT_HITS).saturating_add(spec.offset));
            }
        }
        Ok(Request { spec, columns, nearest })
    }

    async fn nearest_to(&self, mut options: Nearest) -> Result<NearestTo> {
        let unknown =
            || Error::new(ErrorKind::InvalidInput, format!("there is no vector number {}", options.vector));
        let definition = self.record.vectors.get(options.vector).ok_or_else(unknown)?;
        let (column, metric) = (definition.name, definition.metric);
        let vector = match std::mem::replace(&mut options.query, VectorQuery::Text(String::new())) {
            VectorQuery::Text(text) => self.embed_query(definition.model, &text).await,
            VectorQuery::Vector { model, values } => {
                self.check_vector(definition, &model, &values).map(|()| values)
            }
        };
        let vector = vector.map_err(|error| error.with_column(column))?;
        self.check_direction(definition, &vector, ErrorKind::InvalidInput)?;
        Ok(NearestTo { column, metric, vector, options })
    }

    async fn embed_query(&self, model: usize, text: &str) -> Result<Vec<f32>> {
        if text.trim().is_empty() {
            let message =
                "the query is blank: give the words that are searched for, or read rows with `search_all`";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let vectors = model::embed(&*self.models[model], &[text], Role::Query).await?;
        Ok(vectors.into_iter().next().unwrap_or_default())
    }
}
