//! The storage modules of the Datus agent, built on `datus-store`: five tables in one database, shared by all data sources.
//!
//! `README.md` lists the counterpart of each method of Datus's stores. The `http` and `mcp` examples serve the same stores.

pub mod bootstrap;
pub mod document;
pub mod knowledge;
pub mod metric;
pub mod reference_sql;
pub mod schema;
mod sqlite;

use datus_store::model::{Dynamic, IntoModels};
use datus_store::record::Col;
use datus_store::{Database, EmbeddingRecord, Filter, Hit, Result, ScopedStore, Store};
use futures::try_join;
use serde::{Deserialize, Serialize};

use crate::document::{Chunk, ChunkFilter};
use crate::knowledge::{Knowledge, KnowledgeFilter};
use crate::metric::{Metric, MetricFilter};
use crate::reference_sql::{ReferenceSql, ReferenceSqlFilter};
use crate::schema::{TableSchema, TableSchemaFilter};

/// The stores of all modules. Each table contains the rows of all data sources.
#[derive(Debug, Clone)]
pub struct Modules {
    /// The tables of the databases, with sample values.
    pub tables: Store<TableSchema>,
    /// The metrics.
    pub metrics: Store<Metric>,
    /// The SQL queries to learn from.
    pub reference_sql: Store<ReferenceSql>,
    /// The documents, in chunks.
    pub documents: Store<Chunk>,
    /// The business terms.
    pub knowledge: Store<Knowledge>,
}

impl Modules {
    /// Opens the tables, and creates those that are missing. All of them embed with the same model.
    pub async fn open(db: &Database, model: impl IntoModels<(Dynamic,)> + Clone) -> Result<Self> {
        Ok(Self {
            tables: db.store(model.clone()).await?,
            metrics: db.store(model.clone()).await?,
            reference_sql: db.store(model.clone()).await?,
            documents: db.store(model.clone()).await?,
            knowledge: db.store(model).await?,
        })
    }

    /// Builds the indexes that the structs declare, except those that already exist.
    pub async fn create_indexes(&self) -> Result<()> {
        self.tables.create_indexes().await?;
        self.metrics.create_indexes().await?;
        self.reference_sql.create_indexes().await?;
        self.documents.create_indexes().await?;
        self.knowledge.create_indexes().await?;
        Ok(())
    }

    /// Returns the stores of one data source.
    pub fn datasource(&self, name: &str) -> Datasource {
        Datasource {
            name: name.to_owned(),
            tables: self.tables.scoped(name),
            metrics: self.metrics.scoped(name),
            reference_sql: self.reference_sql.scoped(name),
            documents: self.documents.scoped(name),
            knowledge: self.knowledge.scoped(name),
        }
    }

    /// Returns the data sources that have tables, with the number of tables, largest first.
    pub async fn datasources(&self) -> Result<Vec<(String, usize)>> {
        self.tables.across_scopes().search_all().count_by(|t| t.datasource).await
    }
}

/// The stores of one data source, which read and write only its rows.
#[derive(Debug, Clone)]
pub struct Datasource {
    /// The name of the data source.
    pub name: String,
    /// Its tables.
    pub tables: ScopedStore<TableSchema>,
    /// Its metrics.
    pub metrics: ScopedStore<Metric>,
    /// Its SQL queries.
    pub reference_sql: ScopedStore<ReferenceSql>,
    /// Its documents.
    pub documents: ScopedStore<Chunk>,
    /// Its terms.
    pub knowledge: ScopedStore<Knowledge>,
}

/// A filter for each module, as JSON: `{"tables": {"row_count": {"ge": 1000}}, "metrics": {"name": "revenue"}}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filters {
    /// The filter for the tables.
    pub tables: TableSchemaFilter,
    /// The filter for the metrics.
    pub metrics: MetricFilter,
    /// The filter for the SQL queries.
    pub reference_sql: ReferenceSqlFilter,
    /// The filter for the documents.
    pub documents: ChunkFilter,
    /// The filter for the terms.
    pub knowledge: KnowledgeFilter,
}

/// The best rows of each module, best first.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// The tables.
    pub tables: Vec<Hit<TableSchema>>,
    /// The metrics.
    pub metrics: Vec<Hit<Metric>>,
    /// The SQL queries.
    pub reference_sql: Vec<Hit<ReferenceSql>>,
    /// The chunks of documents.
    pub documents: Vec<Hit<Chunk>>,
    /// The terms.
    pub knowledge: Vec<Hit<Knowledge>>,
}

impl Datasource {
    /// Searches all modules concurrently, by meaning and by keyword, and returns the best `limit` rows of each.
    pub async fn search(&self, question: &str, filters: Filters, limit: usize) -> Result<Found> {
        let tables = self.tables.vector(|v| v.definition).search(question).hybrid();
        let metrics = self.metrics.search(question).hybrid();
        let reference_sql = self.reference_sql.search(question).hybrid();
        let documents = self.documents.search(question).hybrid();
        let knowledge = self.knowledge.search(question).hybrid();
        let (tables, metrics, reference_sql, documents, knowledge) = try_join!(
            tables.matching(filters.tables).limit(limit).into_future(),
            metrics.matching(filters.metrics).limit(limit).into_future(),
            reference_sql.matching(filters.reference_sql).limit(limit).into_future(),
            documents.matching(filters.documents).limit(limit).into_future(),
            knowledge.matching(filters.knowledge).limit(limit).into_future(),
        )?;
        Ok(Found { tables, metrics, reference_sql, documents, knowledge })
    }

    /// Returns the name and the number of rows in each module.
    pub async fn counts(&self) -> Result<[(&'static str, usize); 5]> {
        Ok([
            ("tables", self.tables.count().await?),
            ("metrics", self.metrics.count().await?),
            ("reference_sql", self.reference_sql.count().await?),
            ("documents", self.documents.count().await?),
            ("knowledge", self.knowledge.count().await?),
        ])
    }

    /// Deletes all rows of the data source, and returns their number.
    pub async fn delete_all(&self) -> Result<usize> {
        Ok(self.tables.delete().all_rows().await?
            + self.metrics.delete().all_rows().await?
            + self.reference_sql.delete().all_rows().await?
            + self.documents.delete().all_rows().await?
            + self.knowledge.delete().all_rows().await?)
    }
}

/// Returns the filter for a node of the subject tree and everything below it: `Sales` and `Sales/Revenue`.
pub fn under<R: EmbeddingRecord>(subject_path: Col<R, String>, node: &str) -> Filter<R> {
    subject_path.eq(node).or(subject_path.starts_with(format!("{node}/")))
}
