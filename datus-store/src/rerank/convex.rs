use super::legs::{self, Weights, min_max};
use super::{Candidate, Leg, Ranked, RerankQuery, Reranker, async_trait};
use crate::error::{BoxError, Result};
use crate::model::ModelKind;
use crate::record::Metric;

/// Convex combination of the normalized scores of both legs, the default order of a hybrid search.
///
/// The score of a row, from 0 to 1, is `α · v + (1 − α) · t`:
///
/// - `v = (cos − last) / (1 − last)`, where `cos` is the cosine similarity of the row and the query, and `last` the lowest
///   cosine in the vector leg. The last row of the leg gets 0, and a row whose vector equals that of the query gets 1.
/// - `t = score / best`, where `score` is the BM25 score of the row, and `best` the highest one in the full-text leg.
/// - α is the weight of the vector leg. By default it depends on the [kind](crate::model::ModelKind) of the model:
///   [0.45](Self::LEXICAL) for a lexical model, which measures much the same thing as full-text search, and
///   [0.75](Self::NEURAL) for a neural one.
///
/// Such combinations are compared in Bruch, Gai and Ingber, *An Analysis of Fusion Functions for Hybrid Retrieval* (ACM
/// TOIS, 2023). As in that paper, theoretical bounds are used where they exist: a cosine is at most 1, and a BM25 score at
/// least 0. A vector leg without a good match therefore has low scores, and the full-text leg decides. In contrast, min-max
/// scaling ([`Weighted`](super::Weighted)) always assigns 1 to the best row of each leg. The lowest cosine is taken from the
/// leg, because the cosines of unrelated texts are near 0 for some models, and near 0.7 for others.
///
/// # Measured
/// The table shows the mean difference from the better leg of each data set, in recall@5 and nDCG@10. The 11 data sets have
/// 26 to 1,400 questions each, about database tables, abstracts, functions and package descriptions. The legs were computed
/// outside the engine. [The guide](crate::guide::reranking) contains the figures for actual searches, in which the mean for
/// `HashingModel` is about 0.
///
/// | fusion | `HashingModel` | all-MiniLM-L6-v2 |
/// |---|---|---|
/// | `ConvexCombination` | **+.006 · +.007** | **+.019 · +.021** |
/// | [`Weighted`](super::Weighted) with 0.5 | +.003 · −.004 | +.019 · +.016 |
/// | [`Rrf`](super::Rrf) | −.010 · −.018 | +.004 · −.001 |
///
/// The results are not sensitive to α: from 0.4 to 0.5 for the lexical model and from 0.7 to 0.8 for the neural one, each
/// figure changes by at most .004. [The guide](crate::guide::reranking) describes the sets. The constants are not tuned to
/// any of them. Measure your own data with [`evaluate`](crate::evaluate).
///
/// # Edge cases
/// - A leg that did not find a row adds nothing to the row's score. If a leg is empty, the other leg has a weight of 1.
/// - If the vector leg has one row, its `v` is 0. If every row's vector equals that of the query, each `v` is 1.
/// - L2 distances and dot products of unit vectors are converted to cosines. For other vectors, this conversion is not
///   possible, and `v` is scaled from 0 for the last row to 1 for the first one (min-max).
/// - If a BM25 score is negative, which [`demote`](crate::TextQuery::demote) can cause, `t` is scaled in the same way.
/// - For a distance that is NaN or infinite, `v` is 0.
///
/// ```
/// use datus_store::model::ModelKind;
/// use datus_store::rerank::{Candidate, ConvexCombination, Leg, RerankQuery, Reranker};
///
/// # fn main() -> Result<(), datus_store::BoxError> {
/// let query = RerankQuery::default().with_model_kind(ModelKind::Neural);
/// let candidates = [
///     Candidate::default().with_nearest(Leg::new(1, 0.2)),                                  // cosine 0.8
///     Candidate::default().with_nearest(Leg::new(2, 0.5)).with_full_text(Leg::new(2, 6.0)), // cosine 0.5
///     Candidate::default().with_nearest(Leg::new(3, 0.8)).with_full_text(Leg::new(1, 8.0)), // cosine 0.2
/// ];
/// let ranking = futures::executor::block_on(ConvexCombination::default().rerank(&query, &candidates))?;
/// let scores: Vec<String> = ranking.iter().map(|row| format!("{}: {:.2}", row.candidate, row.score)).collect();
/// assert_eq!(scores, ["0: 0.56", "1: 0.47", "2: 0.25"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ConvexCombination {
    /// `None` if it depends on the kind of the model.
    weight: Option<f32>,
}

/// If the last cosine of a leg is closer to 1 than this, distances of type `f32` cannot order its rows.
const INDISTINCT: f64 = 1e-6;

impl ConvexCombination {
    /// The weight of the vector leg for a [lexical](ModelKind::Lexical) model.
    pub const LEXICAL: f32 = 0.45;

    /// The weight of the vector leg for a [neural](ModelKind::Neural) model.
    pub const NEURAL: f32 = 0.75;

    /// Creates a reranker with a weight from 0 to 1 for the vector leg. The full-text leg gets the remaining weight.
    ///
    /// With a weight outside this range, the search fails with [`InvalidInput`](crate::ErrorKind::InvalidInput).
    /// [`ConvexCombination::default`] chooses the weight based on the kind of the model.
    pub fn new(weight: f32) -> Self {
        Self { weight: Some(weight) }
    }

    /// Returns the weights of both legs.
    fn weights(&self, query: &RerankQuery) -> Result<Weights> {
        let nearest = self.weight.unwrap_or(match query.model_kind.unwrap_or_default() {
            ModelKind::Lexical => Self::LEXICAL,
            ModelKind::Neural => Self::NEURAL,
        });
        Weights { nearest, full_text: 1.0 - nearest }.checked("ConvexCombination")
    }

    /// Returns the score of each candidate, in the order of the candidates.
    fn scores(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<f32>> {
        let weights = self.weights(query)?;
        let has =
            |leg: fn(&Candidate) -> Option<Leg>| candidates.iter().any(|candidate| leg(candidate).is_some());
        let (nearest, full_text) = match (has(|row| row.nearest), has(|row| row.full_text)) {
            (true, false) => (1.0, 0.0),
            (false, true) => (0.0, 1.0),
            _ => (f64::from(weights.nearest), f64::from(weights.full_text)),
        };
        let legs = nearest_scores(query, candidates).into_iter().zip(full_text_scores(candidates));
        Ok(legs.map(|(near, text)| (nearest * near + full_text * text) as f32).collect())
    }
}

/// Returns the normalized scores of the vector leg.
fn nearest_scores(query: &RerankQuery, candidates: &[Candidate]) -> Vec<f64> {
    let cosine: fn(f64) -> f64 = match (query.metric.unwrap_or_default(), query.normalized) {
        (Metric::Cosine, _) | (Metric::Dot, true) => |distance| 1.0 - distance,
        // The engine's distance is squared: ‖a − b‖² = 2 − 2 cos.
        (Metric::L2, true) => |distance| 1.0 - distance / 2.0,
        (Metric::L2 | Metric::Dot, false) => return min_max(legs::negated_distances(candidates)).collect(),
    };
    let finite = |score: Option<f64>| score.filter(|score| score.is_finite());
    let cosines = legs::negated_distances(candidates).map(|score| finite(score).map(|score| cosine(-score)));
    let last = cosines.clone().flatten().fold(f64::INFINITY, f64::min);
    let range = 1.0 - last;
    let scaled = |cosine: f64| if range > INDISTINCT { ((cosine - last) / range).min(1.0) } else { 1.0 };
    cosines.map(|cosine| cosine.map_or(0.0, scaled)).collect()
}

/// Returns the normalized scores of the full-text leg.
fn full_text_scores(candidates: &[Candidate]) -> Vec<f64> {
    let scores = || legs::full_text(candidates).map(|score| score.filter(|score| score.is_finite()));
    let best = scores().flatten().fold(0.0, f64::max);
    if best <= 0.0 || scores().flatten().any(|score| score < 0.0) {
        return min_max(scores()).collect();
    }
    scores().map(|score| score.unwrap_or(0.0) / best).collect()
}

#[async_trait]
impl Reranker for ConvexCombination {
    fn name(&self) -> &str {
        "convex"
    }

    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        Ok(Ranked::by_score(self.scores(query, candidates)?))
    }
}
