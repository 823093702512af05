use super::legs::{self, Weights, min_max};
use super::{Candidate, Ranked, RerankQuery, Reranker, async_trait};
use crate::error::{BoxError, Result};

/// Weighted sum of the scores of both legs, each scaled to the range from 0 to 1.
///
/// In each leg, the best candidate gets 1, the worst gets 0, and the others are in proportion to their scores (min-max
/// normalization over the candidates). Distances are negated first, so that near rows score high. The final score is the
/// weighted mean of both legs, from 0 to 1.
///
/// - A candidate that a leg did not find gets 0 in that leg, like the worst candidate that it did find.
/// - If all scores of a leg are equal, as with a single candidate, each candidate gets 1.
/// - A NaN distance, which the cosine metric can return for a zero vector, gets 0.
/// - A search with one leg keeps the order of that leg, unless its weight is zero.
///
/// Unlike [`Rrf`](super::Rrf), this reranker considers how large the differences between scores are, so a leg with a clear
/// preference outweighs one without. Bruch, Gai and Ingber (*An Analysis of Fusion Functions for Hybrid Retrieval*, 2023)
/// found that such a sum beats reciprocal rank fusion once its weights are tuned on a small set of queries. Both weights
/// default to 0.5, because without tuning there is no reason to prefer one leg. An outlier in a leg compresses the range
/// of its other scores.
///
/// ```
/// use datus_store::rerank::Weighted;
///
/// // 70% vector search, 30% full-text search.
/// let weighted = Weighted::new(0.7, 0.3);
/// # let _ = weighted;
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted {
    weights: Weights,
}

impl Weighted {
    /// Creates a reranker with the weights of the vector leg and the full-text leg.
    ///
    /// Weights are relative: 7 and 3 are equivalent to 0.7 and 0.3. If a weight is negative or not finite, or if both
    /// are zero, the search fails with [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn new(nearest: f32, full_text: f32) -> Self {
        Self { weights: Weights { nearest, full_text } }
    }

    /// Returns the score of each candidate, in the order of the candidates.
    fn scores(&self, candidates: &[Candidate]) -> Result<Vec<f32>> {
        let weights = self.weights.checked("Weighted")?;
        let (nearest, full_text) = (f64::from(weights.nearest), f64::from(weights.full_text));
        let legs = min_max(legs::negated_distances(candidates)).zip(min_max(legs::full_text(candidates)));
        let mean = |(near, text)| (nearest * near + full_text * text) / (nearest + full_text);
        Ok(legs.map(|legs| mean(legs) as f32).collect())
    }
}

impl Default for Weighted {
    /// Creates a reranker with weights of 0.5.
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
