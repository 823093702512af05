use super::{Candidate, Ranked, RerankQuery, Reranker};
use crate::error::{Error, ErrorKind, Result};

/// Ranks the candidates and checks the ranking.
///
/// # Errors
/// Fails with `Reranker` if the reranker fails, omits or repeats a candidate, or returns a score that is not finite or
/// higher than the one before it. If the reranker fails with an [`Error`], this error keeps its kind.
pub(crate) async fn checked_ranking(
    reranker: &dyn Reranker,
    query: &RerankQuery,
    candidates: &[Candidate],
) -> Result<Vec<Ranked>> {
    let ranking =
        reranker.rerank(query, candidates).await.map_err(|source| match source.downcast::<Error>() {
            Ok(own) => *own,
            Err(other) => reranker_error(reranker, "failed")
                .with_help("see the source of this error")
                .with_source(other),
        })?;
    check(reranker, candidates.len(), &ranking)?;
    Ok(ranking)
}

/// Ranks the candidates like [`checked_ranking`], and returns the score of each, in the order of the candidates.
pub(super) async fn scores(
    reranker: &dyn Reranker,
    query: &RerankQuery,
    candidates: &[Candidate],
) -> Result<Vec<f32>> {
    let mut scores = vec![0.0; candidates.len()];
    for Ranked { candidate, score, .. } in checked_ranking(reranker, query, candidates).await? {
        if let Some(slot) = scores.get_mut(candidate) {
            *slot = score;
        }
    }
    Ok(scores)
}

fn check(reranker: &dyn Reranker, candidates: usize, ranking: &[Ranked]) -> Result<()> {
    if ranking.len() != candidates {
        let what = format!("returned {} entries for {candidates} candidates", ranking.len());
        return Err(reranker_error(reranker, &what).with_help("rank each candidate exactly once"));
    }
    let mut seen = vec![false; candidates];
    let mut previous = f32::INFINITY;
    for (position, &Ranked { candidate, score, .. }) in ranking.iter().enumerate() {
        match seen.get_mut(candidate) {
            Some(seen) if !*seen => *seen = true,
            Some(_) => {
                return Err(reranker_error(reranker, &format!("returned candidate {candidate} twice")));
            }
            None => {
                let what = format!(
                    "returned candidate {candidate}, but there are {candidates} candidates, counted from 0"
                );
                return Err(reranker_error(reranker, &what));
            }
        }
        if !score.is_finite() {
            let what = format!("returned the score {score} for candidate {candidate}");
            return Err(reranker_error(reranker, &what));
        }
        if score > previous {
            let what = format!("returned the score {score} at position {position}, after {previous}");
            return Err(reranker_error(reranker, &what).with_help("put the highest score first"));
        }
        previous = score;
    }
    Ok(())
}

fn reranker_error(reranker: &dyn Reranker, what: &str) -> Error {
    Error::new(ErrorKind::Reranker, format!("the reranker `{}` {what}", reranker.name()))
}
