#[cfg(any(feature = "store", test))]
use std::collections::HashMap;
use std::fmt;

use crate::record::keys;

/// Identifies the model that produced a vector. Vectors can be compared only if their identities are equal.
///
/// The identity is stored in the metadata of the vector column and checked when a table is opened. The dimension is not
/// enough for this check, because different models can have the same dimension.
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
    /// The revision of the model's weights or algorithm, or an empty string.
    pub revision: String,
    /// The number of values in a vector.
    pub dimension: usize,
    /// `true` if the vectors have unit length.
    pub normalized: bool,
    /// The prefix that the model adds to documents.
    pub document_prefix: String,
    /// The prefix that the model adds to queries.
    pub query_prefix: String,
}

impl ModelIdentity {
    /// Creates an identity that has no revision and no prefixes and is not normalized.
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

    /// Sets whether the vectors have unit length.
    #[must_use]
    pub fn with_normalized(mut self, normalized: bool) -> Self {
        self.normalized = normalized;
        self
    }

    /// Sets the prefixes that the model adds to documents and queries.
    #[must_use]
    pub fn with_prefixes(mut self, document: impl Into<String>, query: impl Into<String>) -> Self {
        self.document_prefix = document.into();
        self.query_prefix = query.into();
        self
    }

    /// Converts the identity to the metadata of a vector column.
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

    /// Reads the identity from the metadata of a vector column. Returns `None` if it is missing or invalid.
    #[cfg(any(feature = "store", test))]
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
