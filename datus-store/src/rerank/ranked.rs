use super::{Candidate, RerankQuery, Reranker};
use crate::error::{Error, ErrorKind, Result};

/// One place of a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Ranked {
    /// The position among the candidates, from 0.
    pub candidate: usize,
    /// How good it is: more is better. The unit is the reranker's own.
    pub score: f32,
}

impl Ranked {
    /// A place of a ranking: the position among the candidates, from 0, and its score.
    pub fn new(candidate: usize, score: f32) -> Self {
        Self { candidate, score }
    }

    /// The ranking by one score for each candidate, in the order of the candidates: the greatest first, equal ones in
    /// the order of the candidates.
    ///
    /// ```
    /// use datus_store::rerank::Ranked;
    ///
    /// let ranking = Ranked::by_score([0.5, 0.9, 0.5]);
    /// assert_eq!(ranking, [Ranked::new(1, 0.9), Ranked::new(0, 0.5), Ranked::new(2, 0.5)]);
    /// ```
    pub fn by_score(scores: impl IntoIterator<Item = f32>) -> Vec<Self> {
        let places = scores.into_iter().enumerate();
        // 0 and -0 are equal, and have one order.
        let mut ranking: Vec<Self> =
            places.map(|(candidate, score)| Self::new(candidate, score + 0.0)).collect();
        ranking.sort_by(|a, b| b.score.total_cmp(&a.score));
        ranking
    }
}

/// Ranks the candidates and checks the ranking.
///
/// # Errors
/// `Reranker` when the reranker fails, leaves a candidate out or has one twice, or gives a score that is not finite or is
/// above the one before it. An [`Error`] that it failed with keeps its kind.
pub(crate) async fn rerank(
    reranker: &dyn Reranker,
    query: &RerankQuery,
    candidates: &[Candidate],
) -> Result<Vec<Ranked>> {
    let ranking =
        reranker.rerank(query, candidates).await.map_err(|source| match source.downcast::<Error>() {
            Ok(own) => *own,
            Err(other) => {
                fault(reranker, "failed").with_help("see the source of this error").with_source(other)
            }
        })?;
    check(reranker, candidates.len(), &ranking)?;
    Ok(ranking)
}

fn check(reranker: &dyn Reranker, candidates: usize, ranking: &[Ranked]) -> Result<()> {
    if ranking.len() != candidates {
        let what = format!("returned {} places for {candidates} candidates", ranking.len());
        return Err(fault(reranker, &what).with_help("each is to be there exactly once"));
    }
    let mut seen = vec![false; candidates];
    let mut before = f32::INFINITY;
    for (place, &Ranked { candidate, score }) in ranking.iter().enumerate() {
        match seen.get_mut(candidate) {
            Some(seen) if !*seen => *seen = true,
            Some(_) => return Err(fault(reranker, &format!("returned candidate {candidate} twice"))),
            None => {
                let what = format!("returned candidate {candidate}, of {candidates} that are counted from 0");
                return Err(fault(reranker, &what));
            }
        }
        if !score.is_finite() {
            return Err(fault(reranker, &format!("returned the score {score} for candidate {candidate}")));
        }
        if score > before {
            let what = format!("returned the score {score} in place {place}, after {before}");
            return Err(fault(reranker, &what).with_help("the best comes first"));
        }
        before = score;
    }
    Ok(())
}

fn fault(reranker: &dyn Reranker, what: &str) -> Error {
    Error::new(ErrorKind::Reranker, format!("the reranker `{}` {what}", reranker.name()))
}
