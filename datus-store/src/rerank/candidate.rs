use crate::model::ModelKind;
use crate::record::Metric;

/// The rank and score of a row in one leg of a search.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Leg {
    /// The rank among the rows of the leg. The best row has rank 1. Rows with equal scores share the rank of the first
    /// one.
    pub rank: usize,
    /// The distance in a vector search, where lower is better, or the BM25 score in a full text search, where higher is
    /// better.
    pub score: f32,
}

impl Leg {
    /// Creates a leg from a rank, which starts at 1, and a score.
    pub fn new(rank: usize, score: f32) -> Self {
        Self { rank, score }
    }
}

/// A row that a search found, as passed to a reranker.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Candidate {
    /// The rank and score in the vector leg, or `None` if that leg did not find the row or did not run.
    pub nearest: Option<Leg>,
    /// The rank and score in the full text leg, or `None` if that leg did not find the row or did not run.
    pub full_text: Option<Leg>,
    /// The text of the row, or `None` if the row has none or the reranker does not [need](super::Reranker::needs) it.
    pub text: Option<String>,
    /// The vector of the row, or `None` if the row has none or the reranker does not need it.
    pub vector: Option<Vec<f32>>,
}

impl Candidate {
    /// Sets the rank and score in the vector leg.
    #[must_use]
    pub fn with_nearest(mut self, leg: Leg) -> Self {
        self.nearest = Some(leg);
        self
    }

    /// Sets the rank and score in the full text leg.
    #[must_use]
    pub fn with_full_text(mut self, leg: Leg) -> Self {
        self.full_text = Some(leg);
        self
    }

    /// Sets the text of the row.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets the vector of the row.
    #[must_use]
    pub fn with_vector(mut self, vector: impl Into<Vec<f32>>) -> Self {
        self.vector = Some(vector.into());
        self
    }
}

/// The query of a search, as passed to a reranker.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct RerankQuery {
    /// The text of the query, or `None` in a search by vector or by a stored row.
    pub text: Option<String>,
    /// The vector of the query, or `None` in a full text search.
    pub vector: Option<Vec<f32>>,
    /// The metric of the vector column, or `None` if the search has no vector column.
    pub metric: Option<Metric>,
    /// The kind of the model of the vector column, or `None` if the search has no vector column.
    pub model: Option<ModelKind>,
    /// `true` if the vectors of the query and of the rows have unit length.
    pub unit_length: bool,
    /// The number of ranked rows that the caller uses: offset plus limit, or `None` for all. A reranker must still rank
    /// every candidate, but the order of the others may be less exact.
    pub places: Option<usize>,
}

impl RerankQuery {
    /// Sets the text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets the vector.
    #[must_use]
    pub fn with_vector(mut self, vector: impl Into<Vec<f32>>) -> Self {
        self.vector = Some(vector.into());
        self
    }

    /// Sets the metric of the vector column.
    #[must_use]
    pub fn with_metric(mut self, metric: Metric) -> Self {
        self.metric = Some(metric);
        self
    }

    /// Sets the kind of the model.
    #[must_use]
    pub fn with_model(mut self, kind: ModelKind) -> Self {
        self.model = Some(kind);
        self
    }

    /// Sets whether the vectors have unit length.
    #[must_use]
    pub fn with_unit_length(mut self, unit_length: bool) -> Self {
        self.unit_length = unit_length;
        self
    }

    /// Sets the number of ranked rows that the caller uses.
    #[must_use]
    pub fn with_places(mut self, places: usize) -> Self {
        self.places = Some(places);
        self
    }
}

/// The data that a reranker needs in addition to ranks and scores. By default, it needs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Needs {
    /// `true` to read the texts of the candidates.
    pub texts: bool,
    /// `true` to read the vectors of the candidates.
    pub vectors: bool,
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
}
