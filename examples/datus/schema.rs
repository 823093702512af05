//! Schema metadata: the tables and views of a data source, with sample values. Datus has two tables for them,
//! `schema_metadata` and `schema_value`. Here, a row contains both texts, each with its own vector.

use chrono::{DateTime, Utc};
use datus_store::access::Reads;
use datus_store::{ColumnEnum, EmbeddingRecord, Filter, Hit, Result, Store};
use serde::{Deserialize, Serialize};

/// A table or view of a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EmbeddingRecord)]
#[datus(table = "schema_metadata")]
pub struct TableSchema {
    /// The data source. A program derives it from the caller's identity, so it is not part of the filter.
    #[datus(scope, filter = false)]
    #[serde(default)]
    pub datasource: String,
    /// The path `catalog.database.schema.table`.
    #[datus(key)]
    pub identifier: String,
    /// The catalog.
    #[datus(index = bitmap)]
    pub catalog_name: String,
    /// The database.
    #[datus(index = bitmap, fts(code))]
    pub database_name: String,
    /// The schema.
    #[datus(index = bitmap, fts(code))]
    pub schema_name: String,
    /// The name of the table.
    #[datus(index, fts(code))]
    pub table_name: String,
    /// The kind of the table.
    #[datus(index = bitmap)]
    pub table_type: TableType,
    /// The number of rows when it was last counted.
    pub row_count: Option<u64>,
    /// The statement that creates the table, with its comments.
    #[datus(embed(metric = cosine), fts(code))]
    pub definition: String,
    /// The first rows, below a line with the names of the columns.
    #[datus(embed(metric = cosine, column = "sample_rows_vector"))]
    pub sample_rows: Option<String>,
    /// The time of the last change.
    #[datus(updated_at)]
    pub updated_at: Option<DateTime<Utc>>,
}

/// The kind of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ColumnEnum)]
#[datus(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum TableType {
    /// Stored rows.
    Table,
    /// A named query.
    View,
    /// A named query with stored rows.
    MaterializedView,
}

/// Returns the filter for table names such as `orders` and patterns such as `public.users, sales.*`.
///
/// The parts of a pattern are compared with the last parts of `catalog.database.schema.table`. Datus limits sub-agents in
/// this way.
pub fn named(patterns: &str) -> Filter<TableSchema> {
    let t = TableSchema::columns();
    let one = |pattern: &str| {
        let columns = [t.table_name, t.schema_name, t.database_name, t.catalog_name];
        let parts = pattern.trim().rsplit('.').zip(columns);
        let filters = parts.map(|(part, column)| match part.strip_suffix('*') {
            Some(prefix) => column.starts_with(prefix),
            None => column.eq(part),
        });
        filters.reduce(Filter::and).unwrap_or(Filter::none())
    };
    patterns.split(',').map(one).reduce(Filter::or).unwrap_or(Filter::none())
}

/// Returns the top `best` tables of each schema, best first.
pub async fn best_of_each_schema<A: Reads<TableSchema>>(
    tables: &Store<TableSchema, A>,
    question: &str,
    filter: TableSchemaFilter,
    best: usize,
) -> Result<Vec<Hit<TableSchema>>> {
    let search = tables.vector(|v| v.definition).search(question).matching(filter);
    search.limit_per(|t| (t.database_name, t.schema_name), best).limit(usize::MAX).await
}
