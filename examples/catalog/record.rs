//! The stored record: one for each table or view in a database.

use datus_store::{ColumnEnum, EmbeddingRecord};

/// One table of a data catalog.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "schema_metadata")]
pub(crate) struct TableSchema {
    /// The dotted path `catalog.database.schema.table`.
    #[datus(key)]
    pub(crate) identifier: String,
    #[datus(index = bitmap)]
    pub(crate) catalog_name: String,
    #[datus(index = bitmap)]
    pub(crate) database_name: String,
    #[datus(index = bitmap)]
    pub(crate) schema_name: String,
    #[datus(index = btree, fts(code))]
    pub(crate) table_name: String,
    #[datus(index = bitmap)]
    pub(crate) table_type: TableType,
    /// The statement that creates the table, with its comments. Searches use this text.
    #[datus(embed(metric = cosine), fts(code))]
    pub(crate) definition: String,
    /// The first rows as text, one per line, below a line of column names.
    pub(crate) sample_rows: Option<String>,
}

/// The kind of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ColumnEnum)]
pub(crate) enum TableType {
    /// Stored rows.
    Table,
    /// A named query.
    View,
}

impl TableSchema {
    /// Returns the record of a table, without sample rows.
    pub(crate) fn new(
        catalog: &str,
        database: &str,
        table: &str,
        kind: TableType,
        definition: String,
    ) -> Self {
        // SQLite's name for the schema of an opened file. The other sources have no schemas.
        let schema = "main";
        Self {
            identifier: format!("{catalog}.{database}.{schema}.{table}"),
            catalog_name: catalog.to_owned(),
            database_name: database.to_owned(),
            schema_name: schema.to_owned(),
            table_name: table.to_owned(),
            table_type: kind,
            definition,
            sample_rows: None,
        }
    }

    /// Returns `database.table`, as in the sample's questions.
    pub(crate) fn short_name(&self) -> String {
        format!("{}.{}", self.database_name, self.table_name)
    }

    /// Returns the first comment of the definition, or its first line if it has no comment.
    pub(crate) fn summary(&self) -> &str {
        let comment = self.definition.lines().find_map(|line| line.split_once("--"));
        let text =
            comment.map_or_else(|| self.definition.lines().next().unwrap_or_default(), |(_, text)| text);
        text.trim()
    }
}
