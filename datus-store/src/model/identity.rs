#[cfg(feature = "store")]
use std::collections::HashMap;
use std::fmt;

use crate::record::keys;

/// Which model made a vector. Two vectors can be compared only when their models' identities are equal.
///
/// It is kept in the metadata of the vector column and compared when a table is opened: equal dimension is not equal
/// model.
///
/// ```
/// use datus_store::model::ModelIdentity;
///
/// let model = ModelIdentity::new("intfloat/e5-small-v2", 384)
///     .with_revision("ffb93f3")
///     .with_prefixes("passage: ", "query: ")
///     .with_normalized(true);
/// assert_eq!(model.to_string(), "intfloat/e5-small-v2@ffb93f3 (384 dimensions, normalized, prefixes \"passage: \" and \"query: \")");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ModelIdentity {
    /// The model's name, such as `sentence-transformers/all-MiniLM-L6-v2`.
    pub id: String,
    /// The revision of its weights or of its algorithm; empty where there is none.
    pub revision: String,
    /// How many values a vector has.
    pub dimension: usize,
    /// Whether vectors have length one.
    pub normalized: bool,
    /// What the model puts before a document.
    pub document_prefix: String,
    /// What the model puts before a query.
    pub query_prefix: String,
}

impl ModelIdentity {
    /// An identity without revision and prefixes, not normalised.
    pub fn new(id: impl Into<String>, dimension: usize) -> Self {
        Self {
            id: id.into(),
            revision: String::new(),
            dimension,
            normalized: false,
            document_prefix: String::new(),
            query_prefix: String::new(),
        }
    }

    /// Sets the revision.
    #[must_use]
    pub fn with_revision(mut self, revision: impl Into<String>) -> Self {
        self.revision = revision.into();
        self
    }

    /// Sets whether vectors have length one.
    #[must_use]
    pub fn with_normalized(mut self, normalized: bool) -> Self {
        self.normalized = normalized;
        self
    }

    /// Sets what the model puts before documents and queries.
    #[must_use]
    pub fn with_prefixes(mut self, document: impl Into<String>, query: impl Into<String>) -> Self {
        self.document_prefix = document.into();
        self.query_prefix = query.into();
        self
    }

    /// The identity as metadata of a vector column.
    pub(crate) fn to_metadata(&self) -> Vec<(&'static str, String)> {
        let Self { id, revision, dimension, normalized, document_prefix, query_prefix } = self;
        vec![
            (keys::MODEL_ID, id.clone()),
            (keys::MODEL_REVISION, revision.clone()),
            (keys::MODEL_DIMENSION, dimension.to_string()),
            (keys::MODEL_NORMALIZED, normalized.to_string()),
            (keys::MODEL_DOCUMENT_PREFIX, document_prefix.clone()),
            (keys::MODEL_QUERY_PREFIX, query_prefix.clone()),
        ]
    }

    /// The identity kept in the metadata of a vector column; `None` where there is none or it is damaged.
    #[cfg(feature = "store")]
    pub(crate) fn from_metadata(metadata: &HashMap<String, String>) -> Option<Self> {
        let text = |key: &str| metadata.get(key).cloned();
        Some(Self {
            id: text(keys::MODEL_ID)?,
            revision: text(keys::MODEL_REVISION)?,
            dimension: text(keys::MODEL_DIMENSION)?.parse().ok()?,
            normalized: text(keys::MODEL_NORMALIZED)?.parse().ok()?,
            document_prefix: text(keys::MODEL_DOCUMENT_PREFIX)?,
            query_prefix: text(keys::MODEL_QUERY_PREFIX)?,
        })
    }
}

impl fmt::Display for ModelIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, revision, dimension, normalized, document_prefix, query_prefix } = self;
        f.write_str(id)?;
        if !revision.is_empty() {
            write!(f, "@{revision}")?;
        }
        write!(f, " ({dimension} dimensions")?;
        if *normalized {
            f.write_str(", normalized")?;
        }
        if !document_prefix.is_empty() || !query_prefix.is_empty() {
            write!(f, ", prefixes {document_prefix:?} and {query_prefix:?}")?;
        }
        f.write_str(")")
    }
}
