use super::{Candidate, Leg};
use crate::error::{Error, ErrorKind, Result};

/// How much each leg counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Weights {
    pub(super) nearest: f32,
    pub(super) full_text: f32,
}

impl Weights {
    /// The weights, if an order can be made with them.
    ///
    /// # Errors
    /// `InvalidInput` when one is negative or not finite, or both are zero.
    pub(super) fn checked(self, reranker: &str) -> Result<Self> {
        let Self { nearest, full_text } = self;
        let usable = |weight: f32| weight.is_finite() && weight >= 0.0;
        if usable(nearest) && usable(full_text) && (nearest > 0.0 || full_text > 0.0) {
            return Ok(self);
        }
        let what = format!("`{reranker}` cannot weigh legs with {nearest} and {full_text}");
        let remedy = "give finite weights that are not negative, one of them above zero";
        Err(Error::new(ErrorKind::InvalidInput, what).with_help(remedy))
    }
}

/// Maps scores to 0 for the least and 1 for the greatest of them, and what is between in proportion; to 1 where all
/// are equal. `None`, and what is not finite, is 0.
pub(super) fn min_max(scores: impl Iterator<Item = Option<f64>> + Clone) -> impl Iterator<Item = f64> {
    let finite = |score: Option<f64>| score.filter(|score| score.is_finite());
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    for score in scores.clone().filter_map(finite) {
        (least, greatest) = (least.min(score), greatest.max(score));
    }
    let range = greatest - least;
    scores.map(move |score| match finite(score) {
        Some(score) if range > 0.0 => (score - least) / range,
        Some(_) => 1.0,
        None => 0.0,
    })
}

/// The scores of the vector leg, turned around so that more is better.
pub(super) fn nearness(candidates: &[Candidate]) -> impl Iterator<Item = Option<f64>> + Clone {
    candidates.iter().map(|candidate| candidate.nearest.map(|Leg { score, .. }| -f64::from(score)))
}

/// The scores of the full text leg.
pub(super) fn full_text(candidates: &[Candidate]) -> impl Iterator<Item = Option<f64>> + Clone {
    candidates.iter().map(|candidate| candidate.full_text.map(|Leg { score, .. }| f64::from(score)))
}
