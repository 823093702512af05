use std::fmt;

/// The kind of queries with which the recall of a vector index was measured.
///
/// The more a query resembles the stored rows, the fewer partitions of the index contain its nearest rows. So the recall
/// measured with stored vectors is higher than that of real searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QueryKind {
    /// Texts that were passed to [`CreateIndexes::queries`](crate::CreateIndexes::queries).
    UserQueries,
    /// Five words sampled from the texts of stored rows, embedded as a query by the model of the column. For a lexical
    /// model, one-word queries are measured too, and the lower recall counts.
    SampledWords,
    /// Stored vectors, and midpoints of two stored vectors. This recall is optimistic: real queries are less similar to the
    /// rows, and find fewer of their nearest rows. Stored vectors are used if the store has no text for them, or if its
    /// model does not produce these vectors from the texts.
    StoredVectors,
    /// The measurement was made by an earlier version, which did not record the kind.
    Unknown,
}

impl QueryKind {
    /// Returns the name that is stored in the column's metadata.
    pub(in crate::store) fn name(self) -> &'static str {
        match self {
            Self::UserQueries => "given",
            Self::SampledWords => "drawn_words",
            Self::StoredVectors => "stored_vectors",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the kind with this name, or [`Unknown`](Self::Unknown) for any other string.
    pub(in crate::store) fn from_name(name: &str) -> Self {
        let kinds = [Self::UserQueries, Self::SampledWords, Self::StoredVectors];
        kinds.into_iter().find(|kind| kind.name() == name).unwrap_or(Self::Unknown)
    }
}

/// Formats the kind for a report, such as `queries of sampled words`.
impl fmt::Display for QueryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UserQueries => "user queries",
            Self::SampledWords => "queries of sampled words",
            Self::StoredVectors => "stored vectors (optimistic, since real queries find fewer)",
            Self::Unknown => "queries of an unknown kind",
        })
    }
}
