//! Compares stored vectors with the vectors that a model computes from the stored texts.

use super::sample::Pair;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, Role, embed_texts, probe};
use crate::record::Metric;

/// The largest permitted relative difference between the lengths of a stored and a new vector, if the metric depends on
/// lengths.
pub(in crate::store) const LENGTH: f64 = 0.01;

/// A stored vector, compared with the vector that the model computes from the same text.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct ComparedVector {
    /// The cosine of the angle between the two vectors.
    pub(in crate::store) cosine: f32,
    /// The length of the stored vector.
    pub(in crate::store) stored: f64,
    /// The length of the new vector.
    pub(in crate::store) new: f64,
}

impl ComparedVector {
    pub(in crate::store) fn new(stored: &[f32], new: &[f32]) -> Self {
        Self { cosine: probe::cosine(stored, new), stored: length(stored), new: length(new) }
    }

    /// Returns `true` if the model computed a different vector: the cosine is below the threshold, or the metric depends on
    /// lengths and they differ by more than 1%.
    pub(in crate::store) fn is_stale(&self, metric: Metric, threshold: f32) -> bool {
        let turned = self.cosine < threshold || self.cosine.is_nan();
        turned || (metric != Metric::Cosine && (self.stored - self.new).abs() > LENGTH * self.new)
    }
}

/// Embeds the texts of the pairs and compares the new vectors with the stored ones. The results are in the order of the
/// pairs.
pub(in crate::store) async fn compare_texts(
    model: &dyn EmbeddingModel,
    pairs: &[Pair],
) -> Result<Vec<ComparedVector>> {
    let texts: Vec<&str> = pairs.iter().map(|pair| pair.text.as_str()).collect();
    let vectors = embed_texts(model, &texts, Role::Document).await?;
    Ok(pairs.iter().zip(&vectors).map(|(pair, new)| ComparedVector::new(&pair.vector, new)).collect())
}

/// Fails if the threshold is not a cosine, which is between -1 and 1.
pub(in crate::store) fn check_cosine(threshold: f32) -> Result<()> {
    if (-1.0..=1.0).contains(&threshold) {
        return Ok(());
    }
    let message = format!("the threshold is {threshold}, but a cosine is between -1 and 1");
    Err(Error::new(ErrorKind::InvalidInput, message).with_help("pass a cosine to `.threshold(…)`"))
}

fn length(vector: &[f32]) -> f64 {
    vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_stale_if_its_angle_differs_or_its_length_where_lengths_count() {
        let stale = |stored: &[f32], metric| ComparedVector::new(stored, &[3.0, 4.0]).is_stale(metric, 0.999);
        assert!(!stale(&[3.0, 4.0], Metric::L2) && !stale(&[3.001, 4.0], Metric::Dot));
        assert!(stale(&[4.0, 3.0], Metric::Cosine) && stale(&[0.0, 0.0], Metric::Cosine));
        assert!(!stale(&[6.0, 8.0], Metric::Cosine));
        assert!(stale(&[6.0, 8.0], Metric::L2) && stale(&[6.0, 8.0], Metric::Dot));
        assert!(stale(&[f32::NAN, 4.0], Metric::Cosine) && stale(&[3.0], Metric::Cosine));
    }
}
