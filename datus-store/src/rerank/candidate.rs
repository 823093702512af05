use arrow_array::{Array, ArrayRef};

use crate::error::{Error, ErrorKind, Result};
use crate::model::ModelKind;
use crate::record::{Col, Column, ColumnBuilder, ColumnPath, ColumnReader, Metric};

/// The rank and score of a row in one leg of a search.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Leg {
    /// The rank among the rows of the leg. The best row has rank 1. Rows with equal scores share the rank of the first of
    /// them.
    pub rank: usize,
    /// The distance in a vector search, where lower is better, or the BM25 score in a full-text search, where higher is
    /// better.
    pub score: f32,
}

impl Leg {
    /// Creates a leg from a rank, counted from 1, and a score.
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
    /// The rank and score in the full-text leg, or `None` if that leg did not find the row or did not run.
    pub full_text: Option<Leg>,
    /// The text of the row, or `None` if the row has none or the reranker does not [need](super::Reranker::needs) it.
    pub text: Option<String>,
    /// The vector of the row, or `None` if the row has none or the reranker does not need it.
    pub vector: Option<Vec<f32>>,
    pub(crate) values: Vec<StoredValue>,
}

/// A value of a column, stored as one row of an array.
#[derive(Debug, Clone)]
pub(crate) struct StoredValue {
    pub(crate) column: ColumnPath,
    pub(crate) array: ArrayRef,
    pub(crate) row: usize,
}

impl PartialEq for StoredValue {
    fn eq(&self, other: &Self) -> bool {
        let value = |stored: &Self| stored.array.slice(stored.row, 1);
        self.column == other.column && value(self).as_ref() == value(other).as_ref()
    }
}

impl Candidate {
    /// Sets the rank and score in the vector leg.
    #[must_use]
    pub fn with_nearest(mut self, leg: Leg) -> Self {
        self.nearest = Some(leg);
        self
    }

    /// Sets the rank and score in the full-text leg.
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

    /// Sets the value of a column.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if the value does not fit the column.
    pub fn with_value<R, T: Column<A>, A>(mut self, column: Col<R, T, A>, value: &T) -> Result<Self> {
        let mut builder = T::Builder::default();
        builder.measure(value);
        builder.allocate();
        let array = builder.push(value).and_then(|()| builder.finish());
        let array = array.map_err(|error| error.with_column(column.path().to_string()))?;
        self.values.push(StoredValue { column: column.path(), array, row: 0 });
        Ok(self)
    }

    /// Returns the value of a column that the reranker [needs](super::Needs::with_column).
    ///
    /// # Errors
    /// Fails with `InvalidInput` if the reranker did not request the column, and with `Decode` if the stored value is not a
    /// `T`. Both errors name the column.
    pub fn value<R, T: Column<A>, A>(&self, column: Col<R, T, A>) -> Result<T> {
        let StoredValue { array, row, .. } = self.stored(column.path())?;
        let value = T::Reader::open(array).and_then(|reader| reader.get(*row));
        value.map_err(|error| error.with_column(column.path().to_string()))
    }

    /// Returns the stored value of a column.
    pub(super) fn stored(&self, column: ColumnPath) -> Result<&StoredValue> {
        self.values.iter().find(|value| value.column == column).ok_or_else(|| {
            Error::new(ErrorKind::InvalidInput, "a candidate lacks the column")
                .with_help("request it with `Needs::with_column`")
                .with_column(column.to_string())
        })
    }
}

/// The query of a search, as passed to a reranker.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct RerankQuery {
    /// The text of the query, or `None` in a search by vector or by a stored row.
    pub text: Option<String>,
    /// The vector of the query, or `None` in a full-text search.
    pub vector: Option<Vec<f32>>,
    /// The metric of the vector column, or `None` if the search has no vector column.
    pub metric: Option<Metric>,
    /// The kind of the model of the vector column, or `None` if the search has no vector column.
    pub model_kind: Option<ModelKind>,
    /// `true` if the vectors of the query and of the rows have unit length.
    pub normalized: bool,
    /// The number of ranked rows that the caller uses: offset plus limit, or `None` for all. A reranker must still rank
    /// every candidate, but the order after these rows may be less exact.
    pub top_n: Option<usize>,
}

impl RerankQuery {
    /// Returns the text, or an error that names the reranker if the query has no text.
    #[cfg(any(feature = "candle", feature = "openai"))]
    pub(super) fn required_text(&self, reranker: &str) -> Result<&str> {
        self.text.as_deref().ok_or_else(|| {
            let what = format!("the reranker `{reranker}` needs a query text, but this search has none");
            Error::new(ErrorKind::InvalidInput, what)
                .with_help("search by a text, or use a reranker that needs only ranks or vectors")
        })
    }

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
    pub fn with_model_kind(mut self, kind: ModelKind) -> Self {
        self.model_kind = Some(kind);
        self
    }

    /// Sets whether the vectors have unit length.
    #[must_use]
    pub fn with_normalized(mut self, normalized: bool) -> Self {
        self.normalized = normalized;
        self
    }

    /// Sets the number of ranked rows that the caller uses.
    #[must_use]
    pub fn with_top_n(mut self, rows: usize) -> Self {
        self.top_n = Some(rows);
        self
    }
}
