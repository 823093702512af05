//! What is stored: one record for each table or view of a database.

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
    #[datus(index = btree, fts)]
    pub(crate) table_name: String,
    #[datus(index = bitmap)]
    pub(crate) table_type: TableType,
    /// The statement that creates the table, with its comments: the text that is searched.
    #[datus(embed(metric = cosine), fts)]
    pub(crate) definition: String,
    /// The first rows as text, one a line under a line of column names.
    pub(crate) sample_rows: Option<String>,
}

/// What kind of table a record describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ColumnEnum)]
pub(crate) enum TableType {
    /// Rows that are stored.
    Table,
    /// A query with a name.
    View,
}

impl TableSchema {
    /// Describes a table by where it is and what it is; there are no sample rows yet.
    pub(crate) fn new(
        catalog: &str,
        database: &str,
        table: &str,
        kind: TableType,
        definition: String,
    ) -> Self {
        // SQLite's name for the schema a file opens with; the other sources have no schemas.
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

    /// `database.table`, as the questions of the sample name it.
    pub(crate) fn short_name(&self) -> String {
        format!("{}.{}", self.database_name, self.table_name)
    }

    /// The first comment of the definition, or its first line where it has no comment.
    pub(crate) fn summary(&self) -> &str {
        let comment = self.definition.lines().find_map(|line| line.split_once("--"));
        let text =
            comment.map_or_else(|| self.definition.lines().next().unwrap_or_default(), |(_, text)| text);
        text.trim()
    }
}
