use super::legs::{self, Weights, min_max};
use super::{Candidate, Ranked, RerankQuery, Reranker, async_trait};
use crate::error::{BoxError, Result};

/// Fuses the legs by their scores, each brought to a scale of 0 to 1 and weighted.
///
/// In each leg the best candidate counts 1, the worst 0, and the rest in proportion to their scores (min-max
/// normalisation over the candidates). Distances are turned around first, so that near is good. The score is the
/// weighted mean of both legs, from 0 to 1.
///
/// - A candidate that a leg did not find counts 0 there, as the worst one that it found does.
/// - Where all scores of a leg are equal, as with one candidate, each counts 1: none is worse than the best.
/// - A distance that is not a number, as a cosine of a vector of zeros can be, counts 0.
/// - A search with one leg keeps the order of that leg, unless its weight is zero.
///
/// Against [`Rrf`](super::Rrf) it keeps by how much one row is better than the next, so a leg that is sure outvotes one that
/// is not. Bruch, Gai and Ingber (*An Analysis of Fusion Functions for Hybrid Retrieval*, 2023) found such a sum to
/// beat reciprocal rank fusion once its weights were tuned on a small set of questions. Untuned there is no
/// reason to trust one leg more, so both weigh 0.5 by default. An outlier in one leg presses the others together.
///
/// ```
/// use datus_store::rerank::Weighted;
///
/// // Seven tenths by meaning, three by words.
/// let weighted = Weighted::new(0.7, 0.3);
/// # let _ = weighted;
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted {
    weights: Weights,
}

impl Weighted {
    /// Weighs the vector leg and the full text leg. Weights are relative: 7 and 3 are the same as 0.7 and 0.3.
    ///
    /// A weight that is negative or not finite, or zero for both, is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when the search runs.
    pub fn new(nearest: f32, full_text: f32) -> Self {
        Self { weights: Weights { nearest, full_text } }
    }

    /// The scores of the candidates, in their order.
    fn scores(&self, candidates: &[Candidate]) -> Result<Vec<f32>> {
        let weights = self.weights.checked("Weighted")?;
        let (nearest, full_text) = (f64::from(weights.nearest), f64::from(weights.full_text));
        let legs = min_max(legs::nearness(candidates)).zip(min_max(legs::full_text(candidates)));
        let mean = |(near, text)| (nearest * near + full_text * text) / (nearest + full_text);
        Ok(legs.map(|legs| mean(legs) as f32).collect())
    }
}

impl Default for Weighted {
    /// Both legs weigh 0.5.
    fn default() -> Self {
        Self::new(0.5, 0.5)
    }
}

#[async_trait]
impl Reranker for Weighted {
    fn name(&self) -> &str {
        "weighted"
    }

    async fn rerank(&self, _query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        Ok(Ranked::by_score(self.scores(candidates)?))
    }
}
