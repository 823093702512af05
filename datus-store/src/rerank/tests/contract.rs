use std::sync::Arc;

use super::*;
use crate::BoxError;
use crate::rerank::async_trait;

/// Answers with what it was made with.
#[derive(Debug)]
struct Answers(Vec<Ranked>);

#[async_trait]
impl Reranker for Answers {
    fn name(&self) -> &str {
        "answers"
    }

    async fn rerank(&self, _: &RerankQuery, _: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        Ok(self.0.clone())
    }
}

/// Fails with an error of another crate, or with one of this.
#[derive(Debug)]
struct Fails(bool);

#[async_trait]
impl Reranker for Fails {
    fn name(&self) -> &str {
        "fails"
    }

    async fn rerank(&self, _: &RerankQuery, _: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        match self.0 {
            true => Err(Error::new(ErrorKind::Unsupported, "not by vectors").into()),
            false => Err("the service is busy".into()),
        }
    }
}

#[test]
fn a_ranking_has_each_candidate_once_with_finite_scores_that_never_rise() {
    let rows = [Candidate::default(), Candidate::default()];
    let answer = |places: &[(usize, f32)]| {
        let reranker = Answers(places.iter().map(|&(row, score)| Ranked::new(row, score)).collect());
        block_on(crate::rerank::rerank(&reranker, &RerankQuery::default(), &rows))
    };
    assert_eq!(order(&answer(&[(1, 0.5), (0, 0.5)]).unwrap()), [1, 0]);
    let broken: [(&[(usize, f32)], &str); 7] = [
        (&[(1, 0.5)], "returned 1 places for 2 candidates: each is to be there exactly once"),
        (&[(1, 0.5), (0, 0.4), (1, 0.3)], "returned 3 places for 2 candidates"),
        (&[(1, 0.5), (1, 0.5)], "returned candidate 1 twice"),
        (&[(1, 0.5), (2, 0.5)], "returned candidate 2, of 2 that are counted from 0"),
        (&[(1, f32::NAN), (0, 0.5)], "returned the score NaN for candidate 1"),
        (&[(1, f32::INFINITY), (0, 0.5)], "returned the score inf for candidate 1"),
        (&[(1, 0.5), (0, 0.6)], "returned the score 0.6 in place 1, after 0.5: the best comes first"),
    ];
    for (places, expected) in broken {
        let error = answer(places).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Reranker);
        assert!(error.to_string().starts_with("the reranker `answers` returned"), "{error}");
        assert!(error.to_string().contains(expected), "{error} does not say {expected:?}");
    }
}

#[test]
fn a_failure_is_an_error_with_its_source() {
    let error = fails(&Fails(false), &RerankQuery::default(), &[]);
    assert_eq!(error.kind(), ErrorKind::Reranker);
    assert_eq!(error.to_string(), "the reranker `fails` failed: see the source of this error");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the service is busy");
}

#[test]
fn a_failure_of_this_crate_keeps_its_kind() {
    let error = fails(&Arc::new(Fails(true)), &RerankQuery::default(), &[]);
    assert_eq!((error.kind(), error.message()), (ErrorKind::Unsupported, "not by vectors"));
}

#[test]
fn equal_scores_keep_the_order_of_the_candidates() {
    let ranking = Ranked::by_score([0.0, 1.0, -0.0, 1.0, 0.0]);
    assert_eq!(order(&ranking), [1, 3, 0, 2, 4]);
    assert!(Ranked::by_score([]).is_empty());
}
