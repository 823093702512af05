use crate::record::{Col, ColumnPath};

/// The data that a reranker needs in addition to ranks and scores. By default, it needs nothing.
///
/// Only what is requested is read, and only for the candidates.
///
/// ```
/// use datus_store::EmbeddingRecord;
/// use datus_store::rerank::Needs;
///
/// #[derive(EmbeddingRecord)]
/// struct Repository {
///     name: String,
///     stars: u32,
/// }
///
/// let needs = Needs::default().with_texts().with_column(Repository::columns().stars);
/// assert!(needs.texts && !needs.vectors);
/// assert_eq!(needs.columns.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Needs {
    /// `true` to read the texts of the candidates.
    pub texts: bool,
    /// `true` to read the vectors of the candidates.
    pub vectors: bool,
    /// The columns to read. [`Candidate::value`](super::Candidate::value) returns their values.
    pub columns: Vec<ColumnPath>,
}

impl Needs {
    /// Requests texts.
    #[must_use]
    pub fn with_texts(mut self) -> Self {
        self.texts = true;
        self
    }

    /// Requests vectors.
    #[must_use]
    pub fn with_vectors(mut self) -> Self {
        self.vectors = true;
        self
    }

    /// Requests a column. If the table lacks it, the search fails with [`InvalidInput`](crate::ErrorKind::InvalidInput).
    #[must_use]
    pub fn with_column<R, T, A>(self, column: Col<R, T, A>) -> Self {
        self.with_path(column.path())
    }

    /// Also requests everything that `other` requests.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.texts |= other.texts;
        self.vectors |= other.vectors;
        other.columns.into_iter().fold(self, Self::with_path)
    }

    pub(super) fn with_path(mut self, path: ColumnPath) -> Self {
        if !self.columns.contains(&path) {
            self.columns.push(path);
        }
        self
    }
}
