use super::legs::Weights;
use super::{Candidate, Leg, Ranked, RerankQuery, Reranker, async_trait};
use crate::error::{BoxError, Result};

/// Reciprocal rank fusion: what orders a hybrid search by default.
///
/// A row gets `1 / (k + rank)` from each leg that found it, and the sum is its score. Ranks count from 1. Scores
/// themselves play no part, so legs that measure different things, as distances and BM25 do, need no common scale.
///
/// `k` is 60 by default: the value of Cormack, Clarke and Büttcher, *Reciprocal Rank Fusion outperforms Condorcet and
/// individual Rank Learning Methods* (SIGIR 2009), who found results to depend little on it. The less `k` is, the more
/// the first places of a leg count: with 60 the first place counts 1.6 times as much as the fortieth, with 0 forty times.
///
/// A row that one leg did not find gets nothing from it. A search with one leg keeps the order of that leg. The score
/// is at most 2 / (k + 1) with weights of one: 0.0328 by default.
///
/// ```
/// use datus_store::rerank::Rrf;
///
/// // The vector leg counts twice as much as the full text leg.
/// let rrf = Rrf::default().with_k(20).with_weights(2.0, 1.0);
/// assert_eq!(rrf, Rrf::new(20).with_weights(2.0, 1.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rrf {
    k: u32,
    weights: Weights,
}

impl Rrf {
    /// The `k` of the paper.
    pub const K: u32 = 60;

    /// Fusion with this `k`, both legs of equal weight.
    pub fn new(k: u32) -> Self {
        Self { k, weights: Weights { nearest: 1.0, full_text: 1.0 } }
    }

    /// Sets `k`, what is added to each rank.
    #[must_use]
    pub fn with_k(mut self, k: u32) -> Self {
        self.k = k;
        self
    }

    /// Sets what each leg's part of the sum is multiplied by: 1 and 1 by default.
    ///
    /// A weight that is negative or not finite, or zero for both, is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when the search runs.
    #[must_use]
    pub fn with_weights(mut self, nearest: f32, full_text: f32) -> Self {
        self.weights = Weights { nearest, full_text };
        self
    }

    /// The scores of the candidates, in their order.
    pub(super) fn scores(&self, candidates: &[Candidate]) -> Result<Vec<f32>> {
        let weights = self.weights.checked("Rrf")?;
        let part = |weight: f32, leg: Option<Leg>| {
            // Ranks count from 1, also where the caller counted from 0.
            leg.map_or(0.0, |leg| f64::from(weight) / (f64::from(self.k) + leg.rank.max(1) as f64))
        };
        let scores = candidates.iter().map(|candidate| {
            let score =
                part(weights.nearest, candidate.nearest) + part(weights.full_text, candidate.full_text);
            score as f32
        });
        Ok(scores.collect())
    }
}

impl Default for Rrf {
    /// With the `k` of the paper, 60, and both legs of equal weight.
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
