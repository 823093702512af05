use std::sync::Arc;

use super::*;
use crate::BoxError;
use crate::rerank::async_trait;

/// Returns a fixed ranking.
#[derive(Debug)]
struct Fixed(Vec<Ranked>);

#[async_trait]
impl Reranker for Fixed {
    fn name(&self) -> &str {
        "fixed"
    }

    async fn rerank(&self, _: &RerankQuery, _: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        Ok(self.0.clone())
    }
}

/// Fails with an error from this crate if the flag is set, and with a foreign error otherwise.
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
    let ranking_of = |entries: &[(usize, f32)]| {
        let reranker = Fixed(entries.iter().map(|&(row, score)| Ranked::new(row, score)).collect());
        block_on(crate::rerank::checked_ranking(&reranker, &RerankQuery::default(), &rows))
    };
    assert_eq!(order(&ranking_of(&[(1, 0.5), (0, 0.5)]).unwrap()), [1, 0]);
    let invalid: [(&[(usize, f32)], &str); 7] = [
        (&[(1, 0.5)], "returned 1 entries for 2 candidates: rank each candidate exactly once"),
        (&[(1, 0.5), (0, 0.4), (1, 0.3)], "returned 3 entries for 2 candidates"),
        (&[(1, 0.5), (1, 0.5)], "returned candidate 1 twice"),
        (&[(1, 0.5), (2, 0.5)], "returned candidate 2, but there are 2 candidates, counted from 0"),
        (&[(1, f32::NAN), (0, 0.5)], "returned the score NaN for candidate 1"),
        (&[(1, f32::INFINITY), (0, 0.5)], "returned the score inf for candidate 1"),
        (
            &[(1, 0.5), (0, 0.6)],
            "returned the score 0.6 at position 1, after 0.5: put the highest score first",
        ),
    ];
    for (entries, expected) in invalid {
        let error = ranking_of(entries).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Reranker);
        assert!(error.to_string().starts_with("the reranker `fixed` returned"), "{error}");
        assert!(error.to_string().contains(expected), "{error} does not say {expected:?}");
    }
}

#[test]
fn a_foreign_error_becomes_the_source() {
    let error = fails(&Fails(false), &RerankQuery::default(), &[]);
    assert_eq!(error.kind(), ErrorKind::Reranker);
    assert_eq!(error.to_string(), "the reranker `fails` failed: see the source of this error");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the service is busy");
}

#[test]
fn an_error_of_this_crate_keeps_its_kind() {
    let error = fails(&Arc::new(Fails(true)), &RerankQuery::default(), &[]);
    assert_eq!((error.kind(), error.message()), (ErrorKind::Unsupported, "not by vectors"));
}

#[test]
fn equal_scores_keep_the_order_of_the_candidates() {
    let ranking = Ranked::by_score([0.0, 1.0, -0.0, 1.0, 0.0]);
    assert_eq!(order(&ranking), [1, 3, 0, 2, 4]);
    assert!(Ranked::by_score([]).is_empty());
}
