use crate::record::Metric;

/// Where a row stood in one leg of a search.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Leg {
    /// The place among the rows of the leg, from 1, the best. Rows that measured equal share the place of the first.
    pub rank: usize,
    /// What the leg measured: the distance in a vector search, where less is nearer, or the BM25 score in a full text
    /// search, where more is better.
    pub score: f32,
}

impl Leg {
    /// A place, from 1, and what was measured.
    pub fn new(rank: usize, score: f32) -> Self {
        Self { rank, score }
    }
}

/// One row that a search found, as a reranker sees it.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Candidate {
    /// Where it stood in the vector leg; `None` if that leg did not find it, or there is no such leg.
    pub nearest: Option<Leg>,
    /// Where it stood in the full text leg; `None` if that leg did not find it, or there is no such leg.
    pub full_text: Option<Leg>,
    /// The text of the row, where the reranker [needs](super::Reranker::needs) texts; `None` if the row has none.
    pub text: Option<String>,
    /// The vector of the row, where the reranker needs vectors; `None` if the row has none.
    pub vector: Option<Vec<f32>>,
}

impl Candidate {
    /// Sets where it stood in the vector leg.
    #[must_use]
    pub fn with_nearest(mut self, leg: Leg) -> Self {
        self.nearest = Some(leg);
        self
    }

    /// Sets where it stood in the full text leg.
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

/// What was searched for, as a reranker sees it.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct RerankQuery {
    /// The text; `None` in a search by a vector or by a stored row.
    pub text: Option<String>,
    /// The vector; `None` in a full text search.
    pub vector: Option<Vec<f32>>,
    /// How distances of vectors are measured; `None` where the search has no vector column.
    pub metric: Option<Metric>,
    /// How many of the first places are looked at: offset and limit together; `None` for all. A reranker still ranks
    /// every candidate, but need not take pains with those behind.
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

    /// Sets how distances are measured.
    #[must_use]
    pub fn with_metric(mut self, metric: Metric) -> Self {
        self.metric = Some(metric);
        self
    }

    /// Sets how many of the first places are looked at.
    #[must_use]
    pub fn with_places(mut self, places: usize) -> Self {
        self.places = Some(places);
        self
    }
}

/// What a reranker needs beside ranks and scores: nothing by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Needs {
    /// Whether the texts of the candidates are read.
    pub texts: bool,
    /// Whether the vectors of the candidates are read.
    pub vectors: bool,
}

impl Needs {
    /// Asks for texts.
    #[must_use]
    pub fn with_texts(mut self) -> Self {
        self.texts = true;
        self
    }

    /// Asks for vectors.
    #[must_use]
    pub fn with_vectors(mut self) -> Self {
        self.vectors = true;
        self
    }
}
