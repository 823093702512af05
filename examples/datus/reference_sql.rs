//! Reference SQL: queries that have answered a question before.

use datus_store::EmbeddingRecord;
use serde::{Deserialize, Serialize};

/// A SQL query with a summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EmbeddingRecord)]
#[datus(table = "reference_sql")]
pub struct ReferenceSql {
    /// The data source.
    #[datus(scope, filter = false)]
    #[serde(default)]
    pub datasource: String,
    /// The identifier, which does not change when the query is renamed or moved.
    #[datus(key)]
    pub id: String,
    /// The name.
    #[datus(index)]
    pub name: String,
    /// The node of the subject tree.
    #[datus(index)]
    pub subject_path: String,
    /// The query.
    #[datus(fts(code))]
    pub sql: String,
    /// The question that it answers, in plain words.
    #[datus(embed(metric = cosine), fts)]
    pub summary: String,
    /// The file that it comes from.
    #[datus(index)]
    pub filepath: String,
    /// The tags.
    #[datus(index = label_list)]
    #[serde(default)]
    pub tags: Vec<String>,
}
