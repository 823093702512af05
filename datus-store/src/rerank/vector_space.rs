use super::{Candidate, RerankQuery};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Metric;

/// The similarity of orthogonal vectors. It is also used if a vector is missing.
const UNRELATED: f32 = 0.5;

/// The vectors of the candidates and the query, scaled so that a similarity needs only one inner product.
pub(super) struct VectorSpace {
    metric: Metric,
    rows: Vec<Option<ScaledVector>>,
    query: Option<ScaledVector>,
}

/// A vector divided by a length: its own for the cosine metric, or that of the longest vector for the other metrics.
struct ScaledVector {
    values: Vec<f32>,
    /// The square of its length.
    square: f32,
}

impl VectorSpace {
    /// Checks and scales the vectors for a reranker with this type name.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if the dimensions differ, or if a value is not finite.
    pub(super) fn new(reranker: &str, query: &RerankQuery, candidates: &[Candidate]) -> Result<Self> {
        let vectors = || candidates.iter().map(|candidate| candidate.vector.as_deref());
        let all = || vectors().flatten().chain(query.vector.as_deref());
        check(reranker, all())?;
        let metric = query.metric.unwrap_or_default();
        let longest = all().map(length).fold(0.0, f64::max);
        let scaled = |vector: &[f32]| {
            let scale = match metric {
                Metric::Cosine => length(vector),
                Metric::L2 | Metric::Dot => longest,
            };
            ScaledVector::new(vector, scale)
        };
        Ok(Self {
            metric,
            rows: vectors().map(|vector| vector.map(scaled)).collect(),
            query: query.vector.as_deref().map(scaled),
        })
    }

    pub(super) fn has_query(&self) -> bool {
        self.query.is_some()
    }

    /// Returns the similarity of a row to the query, from 0 to 1.
    pub(super) fn similarity_to_query(&self, row: usize) -> f32 {
        self.between(self.rows.get(row).and_then(Option::as_ref), self.query.as_ref())
    }

    /// Returns the similarity of two rows, from 0 to 1.
    pub(super) fn similarity(&self, a: usize, b: usize) -> f32 {
        let row = |row: usize| self.rows.get(row).and_then(Option::as_ref);
        self.between(row(a), row(b))
    }

    /// Returns the weighted mean of the rows' vectors. The weights add up to 1.
    pub(super) fn mean(&self, weights: &[f64]) -> MeanVector {
        let (mut values, mut square, mut weight) = (Vec::new(), 0.0, 0.0);
        for (row, share) in self.rows.iter().zip(weights) {
            let Some(row) = row else { continue };
            values.resize(row.values.len(), 0.0);
            values.iter_mut().zip(&row.values).for_each(|(sum, value)| *sum += share * f64::from(*value));
            square += share * f64::from(row.square);
            weight += share;
        }
        let values = values.into_iter().map(|value| value as f32).collect();
        MeanVector { values, square: square as f32, weight: weight as f32 }
    }

    /// Returns the weighted mean of the similarities of a row to the rows of a mean.
    ///
    /// Each similarity is linear in the other row's vector and in its squared length, so this takes one inner product.
    pub(super) fn mean_similarity(&self, row: usize, mean: &MeanVector) -> f32 {
        let Some(row) = self.rows.get(row).and_then(Option::as_ref) else { return UNRELATED };
        let product = product(&row.values, &mean.values);
        let similarity = match self.metric {
            Metric::Cosine | Metric::Dot => (mean.weight + product) / 2.0,
            Metric::L2 => mean.weight - (mean.weight * row.square + mean.square - 2.0 * product) / 4.0,
        };
        (similarity + (1.0 - mean.weight) * UNRELATED).clamp(0.0, 1.0)
    }

    fn between(&self, a: Option<&ScaledVector>, b: Option<&ScaledVector>) -> f32 {
        let (Some(a), Some(b)) = (a, b) else { return UNRELATED };
        let product = product(&a.values, &b.values);
        let similarity = match self.metric {
            Metric::Cosine | Metric::Dot => (1.0 + product) / 2.0,
            Metric::L2 => 1.0 - (a.square + b.square - 2.0 * product) / 4.0,
        };
        similarity.clamp(0.0, 1.0)
    }
}

/// The weighted mean of several vectors.
pub(super) struct MeanVector {
    values: Vec<f32>,
    /// The weighted mean of the squared lengths.
    square: f32,
    /// The weight of the rows that have a vector.
    weight: f32,
}

impl ScaledVector {
    /// Divides a vector by `scale`. The result is a zero vector if `scale` is zero.
    fn new(vector: &[f32], scale: f64) -> Self {
        let factor = if scale > 0.0 { scale.recip() } else { 0.0 };
        let values: Vec<f32> = vector.iter().map(|value| (f64::from(*value) * factor) as f32).collect();
        let square = product(&values, &values);
        Self { values, square }
    }
}

fn length(vector: &[f32]) -> f64 {
    vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

/// Returns the inner product. It accumulates eight partial sums, which the compiler can vectorize.
fn product(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>();
    sums.iter().sum::<f32>() + rest
}

fn check<'a>(reranker: &str, vectors: impl Iterator<Item = &'a [f32]> + Clone) -> Result<()> {
    let invalid =
        |what: String| Error::new(ErrorKind::InvalidInput, format!("`{reranker}` cannot compare {what}"));
    let mut dimensions = vectors.clone().map(<[f32]>::len);
    if let Some(first) = dimensions.next()
        && let Some(other) = dimensions.find(|&other| other != first)
    {
        return Err(invalid(format!("vectors of {first} and {other} dimensions"))
            .with_help("rerank vectors of one column only"));
    }
    if let Some(value) = vectors.flatten().find(|value| !value.is_finite()) {
        return Err(invalid(format!("a vector with the value {value}"))
            .with_help("remove vectors with values that are not finite"));
    }
    Ok(())
}
