use super::legs::Weights;
use super::{Candidate, Leg, Ranked, RerankQuery, Reranker, async_trait};
use crate::error::{BoxError, Result};

/// Reciprocal rank fusion, which combines the ranks of both legs.
///
/// The score of a row is the sum of `1 / (k + rank)` over the legs that found it. Ranks start at 1. The scores of the
/// legs are not used, so legs with different scales, such as distances and BM25, can be combined.
///
/// The default `k` is 60, as in Cormack, Clarke and Büttcher, *Reciprocal Rank Fusion outperforms Condorcet and individual
/// Rank Learning Methods* (SIGIR 2009), who found that its exact value matters little. A smaller `k` gives more weight to
/// the top ranks. With 60, the first rank counts 1.6 times as much as the fortieth; with 0, it counts forty times as much.
///
/// A leg that did not find a row adds nothing to the row's score. A search with one leg keeps the order of that leg. With
/// weights of 1, the score is at most 2 / (k + 1), which is 0.0328 by default.
///
/// ```
/// use datus_store::rerank::Rrf;
///
/// // The vector leg counts twice as much as the full-text leg.
/// let rrf = Rrf::default().with_k(20).with_weights(2.0, 1.0);
/// assert_eq!(rrf, Rrf::new(20).with_weights(2.0, 1.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rrf {
    k: u32,
    weights: Weights,
}

impl Rrf {
    /// The default `k`, from the paper.
    pub const K: u32 = 60;

    /// Creates a reranker with the given `k` and equal weights.
    pub fn new(k: u32) -> Self {
        Self { k, weights: Weights { nearest: 1.0, full_text: 1.0 } }
    }

    /// Sets `k`, which is added to each rank.
    #[must_use]
    pub fn with_k(mut self, k: u32) -> Self {
        self.k = k;
        self
    }

    /// Sets the weights of the vector leg and the full-text leg. The defaults are 1 and 1.
    ///
    /// If a weight is negative or not finite, or if both are zero, the search fails with
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    #[must_use]
    pub fn with_weights(mut self, nearest: f32, full_text: f32) -> Self {
        self.weights = Weights { nearest, full_text };
        self
    }

    /// Returns the score of each candidate, in the order of the candidates.
    pub(super) fn scores(&self, candidates: &[Candidate]) -> Result<Vec<f32>> {
        let weights = self.weights.checked("Rrf")?;
        let term = |weight: f32, leg: Option<Leg>| {
            // Ranks start at 1. `max` avoids a division by zero if a caller's ranks start at 0.
            leg.map_or(0.0, |leg| f64::from(weight) / (f64::from(self.k) + leg.rank.max(1) as f64))
        };
        let scores = candidates.iter().map(|candidate| {
            let score =
                term(weights.nearest, candidate.nearest) + term(weights.full_text, candidate.full_text);
            score as f32
        });
        Ok(scores.collect())
    }
}

impl Default for Rrf {
    /// Creates a reranker with a `k` of 60 and equal weights.
    fn default() -> Self {
        Self::new(Self::K)
    }
}

#[async_trait]
impl Reranker for Rrf {
    fn name(&self) -> &str {
        "rrf"
    }

    async fn rerank(&self, _query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        Ok(Ranked::by_score(self.scores(candidates)?))
    }
}
