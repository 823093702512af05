use super::{Candidate, RerankQuery};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Metric;

/// Vectors at right angles, and those that are not known.
const UNRELATED: f32 = 0.5;

/// The vectors of the candidates and of the query, scaled so that a similarity is little more than a product.
pub(super) struct Space {
    metric: Metric,
    rows: Vec<Option<Point>>,
    query: Option<Point>,
}

/// A vector, divided by its length where angles count and by that of the longest one elsewhere.
struct Point {
    values: Vec<f32>,
    square: f32,
}

impl Space {
    /// Reads the vectors.
    ///
    /// # Errors
    /// `InvalidInput` when they are not of one dimension, or a value is not finite.
    pub(super) fn of(query: &RerankQuery, candidates: &[Candidate]) -> Result<Self> {
        let vectors = || candidates.iter().map(|candidate| candidate.vector.as_deref());
        let all = || vectors().flatten().chain(query.vector.as_deref());
        check(all())?;
        let metric = query.metric.unwrap_or_default();
        let longest = all().map(length).fold(0.0, f64::max);
        let point = |vector: &[f32]| {
            let scale = match metric {
                Metric::Cosine => length(vector),
                Metric::L2 | Metric::Dot => longest,
            };
            Point::scaled(vector, scale)
        };
        Ok(Self {
            metric,
            rows: vectors().map(|vector| vector.map(point)).collect(),
            query: query.vector.as_deref().map(point),
        })
    }

    pub(super) fn has_query(&self) -> bool {
        self.query.is_some()
    }

    /// How similar a row is to the query, from 0 to 1.
    pub(super) fn to_query(&self, row: usize) -> f32 {
        self.between(self.rows.get(row).and_then(Option::as_ref), self.query.as_ref())
    }

    /// How similar two rows are, from 0 to 1.
    pub(super) fn similarity(&self, a: usize, b: usize) -> f32 {
        let row = |row: usize| self.rows.get(row).and_then(Option::as_ref);
        self.between(row(a), row(b))
    }

    fn between(&self, a: Option<&Point>, b: Option<&Point>) -> f32 {
        let (Some(a), Some(b)) = (a, b) else { return UNRELATED };
        let product = product(&a.values, &b.values);
        let similarity = match self.metric {
            Metric::Cosine | Metric::Dot => (1.0 + product) / 2.0,
            Metric::L2 => 1.0 - (a.square + b.square - 2.0 * product) / 4.0,
        };
        similarity.clamp(0.0, 1.0)
    }
}

impl Point {
    /// A vector divided by `scale`; one of zeros where that is zero.
    fn scaled(vector: &[f32], scale: f64) -> Self {
        let factor = if scale > 0.0 { scale.recip() } else { 0.0 };
        let values: Vec<f32> = vector.iter().map(|value| (f64::from(*value) * factor) as f32).collect();
        let square = product(&values, &values);
        Self { values, square }
    }
}

fn length(vector: &[f32]) -> f64 {
    vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

/// The inner product, in eight sums at once.
fn product(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>();
    sums.iter().sum::<f32>() + rest
}

fn check<'a>(vectors: impl Iterator<Item = &'a [f32]> + Clone) -> Result<()> {
    let fault =
        |what: String| Error::new(ErrorKind::InvalidInput, format!("`Mmr` cannot compare vectors: {what}"));
    let mut dimensions = vectors.clone().map(<[f32]>::len);
    if let Some(first) = dimensions.next()
        && let Some(other) = dimensions.find(|&other| other != first)
    {
        return Err(fault(format!("they have {first} and {other} dimensions, and are to be of one column")));
    }
    if let Some(value) = vectors.flatten().find(|value| !value.is_finite()) {
        return Err(fault(format!("one has the value {value}")));
    }
    Ok(())
}
