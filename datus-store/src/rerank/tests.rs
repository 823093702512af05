//! Tests each reranker against scores computed by hand, and properties of all rerankers on random candidates.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod convex;
mod feedback;
mod formula;
mod mmr;
mod properties;
mod rrf;
mod siblings;
mod weighted;

use futures::executor::block_on;

use super::{Candidate, Leg, Needs, Ranked, RerankQuery, Reranker, async_trait};
use crate::error::{Error, ErrorKind};

/// Creates a candidate with a rank and score in each leg.
fn candidate(nearest: Option<(usize, f32)>, full_text: Option<(usize, f32)>) -> Candidate {
    let leg = |(rank, score)| Leg::new(rank, score);
    Candidate { nearest: nearest.map(leg), full_text: full_text.map(leg), ..Candidate::default() }
}

/// Ranks the last candidate first. The scores are 0 for the first candidate, 1 for the second, and so on.
#[derive(Debug)]
struct Backwards;

#[async_trait]
impl Reranker for Backwards {
    fn name(&self) -> &str {
        "backwards"
    }

    fn needs(&self) -> Needs {
        Needs::default().with_texts()
    }

    async fn rerank(&self, _: &RerankQuery, rows: &[Candidate]) -> Result<Vec<Ranked>, crate::BoxError> {
        Ok(Ranked::by_score((0..rows.len()).map(|row| row as f32)))
    }

    fn sends_text_away(&self) -> bool {
        true
    }
}

fn rank(reranker: &dyn Reranker, candidates: &[Candidate]) -> Vec<Ranked> {
    rank_for(reranker, &RerankQuery::default(), candidates)
}

fn rank_for(reranker: &dyn Reranker, query: &RerankQuery, candidates: &[Candidate]) -> Vec<Ranked> {
    block_on(super::checked_ranking(reranker, query, candidates)).unwrap()
}

fn fails(reranker: &dyn Reranker, query: &RerankQuery, candidates: &[Candidate]) -> Error {
    block_on(super::checked_ranking(reranker, query, candidates)).unwrap_err()
}

fn order(ranking: &[Ranked]) -> Vec<usize> {
    ranking.iter().map(|ranked| ranked.candidate).collect()
}

/// Asserts that the ranking is as expected, with a tolerance of 10⁻⁶ for scores.
fn assert_ranking(ranking: &[Ranked], expected: &[(usize, f32)]) {
    let expected: Vec<Ranked> = expected.iter().map(|&(row, score)| Ranked::new(row, score)).collect();
    let close = |(a, b): (&Ranked, &Ranked)| (a.score - b.score).abs() < 1e-6;
    let same = order(ranking) == order(&expected) && ranking.iter().zip(&expected).all(close);
    assert!(same, "{ranking:?}, expected {expected:?}");
}

fn assert_invalid(error: &Error, part: &str) {
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains(part), "{error} does not say {part:?}");
}
