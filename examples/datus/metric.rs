//! Metrics: what the business measures, in the nodes of the subject tree.

use chrono::{DateTime, Utc};
use datus_store::{EmbeddingRecord, Result, ScopedStore};
use serde::{Deserialize, Serialize};

use crate::under;

/// A metric. Its name is unique within the data source, and it keeps its name when it moves in the subject tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EmbeddingRecord)]
#[datus(table = "metrics")]
pub struct Metric {
    /// The data source.
    #[datus(scope, filter = false)]
    #[serde(default)]
    pub datasource: String,
    /// The name.
    #[datus(key, fts(code))]
    pub name: String,
    /// The node of the subject tree, such as `Sales/Revenue`.
    #[datus(index)]
    pub subject_path: String,
    /// The semantic model that the metric is defined on.
    #[datus(index = bitmap)]
    pub semantic_model_name: String,
    /// The quantity that it measures, in plain words.
    #[datus(embed(metric = cosine), fts)]
    pub description: String,
    /// The aggregation, such as `SUM(quantity * unit_price)`.
    pub measure_expr: String,
    /// The dimensions by which it can be split.
    #[datus(index = label_list)]
    pub dimensions: Vec<String>,
    /// The file that defines it.
    #[datus(index)]
    pub yaml_path: String,
    /// The time of the last change.
    #[datus(updated_at)]
    pub updated_at: Option<DateTime<Utc>>,
}

/// Moves a node of the subject tree and everything below it, in one commit, and returns the number of metrics moved.
pub async fn move_subject(metrics: &ScopedStore<Metric>, from: &str, to: &str) -> Result<usize> {
    let mut rows = metrics.search_all().filter(|t| under(t.subject_path, from)).await?;
    for row in &mut rows {
        row.subject_path.replace_range(..from.len(), to);
    }
    Ok(metrics.upsert(rows).await?.updated)
}
