//! External knowledge: business terms, and what they mean.

use datus_store::EmbeddingRecord;
use serde::{Deserialize, Serialize};

/// A business term.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EmbeddingRecord)]
#[datus(table = "ext_knowledge", key(subject_path, name))]
pub struct Knowledge {
    /// The data source.
    #[datus(scope, filter = false)]
    #[serde(default)]
    pub datasource: String,
    /// The node of the subject tree.
    #[datus(index)]
    pub subject_path: String,
    /// The name, which is unique within the node.
    pub name: String,
    /// The term as people use it.
    #[datus(embed(metric = cosine, template = "{search_text}: {explanation}"), fts)]
    pub search_text: String,
    /// The meaning of the term.
    #[datus(fts)]
    pub explanation: String,
}
