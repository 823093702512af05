use super::{Candidate, Leg};
use crate::error::{Error, ErrorKind, Result};

/// The weight of each leg.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Weights {
    pub(super) nearest: f32,
    pub(super) full_text: f32,
}

impl Weights {
    /// Returns the weights after checking them.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if a weight is negative or not finite, or if both are zero.
    pub(super) fn checked(self, reranker: &str) -> Result<Self> {
        let Self { nearest, full_text } = self;
        let is_valid = |weight: f32| weight.is_finite() && weight >= 0.0;
        if is_valid(nearest) && is_valid(full_text) && (nearest > 0.0 || full_text > 0.0) {
            return Ok(self);
        }
        let what = format!("the weights of `{reranker}` are {nearest} and {full_text}, which is not valid");
        let help = "use finite weights that are not negative, at least one of them positive";
        Err(Error::new(ErrorKind::InvalidInput, what).with_help(help))
    }
}

/// Scales scores linearly, so that the lowest becomes 0 and the highest 1.
///
/// If all scores are equal, each becomes 1. A missing score, or one that is not finite, becomes 0.
pub(super) fn min_max(scores: impl Iterator<Item = Option<f64>> + Clone) -> impl Iterator<Item = f64> {
    let finite = |score: Option<f64>| score.filter(|score| score.is_finite());
    let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
    for score in scores.clone().filter_map(finite) {
        (lowest, highest) = (lowest.min(score), highest.max(score));
    }
    let range = highest - lowest;
    scores.map(move |score| match finite(score) {
        Some(score) if range > 0.0 => (score - lowest) / range,
        Some(_) => 1.0,
        None => 0.0,
    })
}

/// Returns the negated distances of the vector leg, so that higher is better.
pub(super) fn negated_distances(candidates: &[Candidate]) -> impl Iterator<Item = Option<f64>> + Clone {
    candidates.iter().map(|candidate| candidate.nearest.map(|Leg { score, .. }| -f64::from(score)))
}

/// Returns the scores of the full-text leg.
pub(super) fn full_text(candidates: &[Candidate]) -> impl Iterator<Item = Option<f64>> + Clone {
    candidates.iter().map(|candidate| candidate.full_text.map(|Leg { score, .. }| f64::from(score)))
}
