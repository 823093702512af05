use super::*;
use crate::record::Metric;
use crate::rerank::{Mmr, Needs, Rrf, Weighted, async_trait};

/// Two copies of the row that matches best, and one at right angles to them.
fn three() -> [Candidate; 3] {
    let row = |rank, vector: [f32; 2]| candidate(Some((rank, 0.0)), None).with_vector(vector);
    [row(1, [1.0, 0.0]), row(2, [1.0, 0.0]), row(3, [0.0, 1.0])]
}

fn query() -> RerankQuery {
    RerankQuery::default().with_vector([0.8, 0.6])
}

fn mmr(lambda: f32) -> Mmr {
    Mmr::default().with_lambda(lambda)
}

#[test]
fn a_copy_of_a_row_above_comes_after_one_that_differs() {
    // Relevance is 0.9, 0.9 and 0.8; similar are the copies with 1, and the other with ½.
    assert_ranking(&rank_for(&mmr(0.5), &query(), &three()), &[(0, 0.45), (2, 0.15), (1, -0.05)]);
    assert_ranking(&rank_for(&Mmr::default(), &query(), &three()), &[(0, 0.63), (2, 0.41), (1, 0.33)]);
}

#[test]
fn a_greater_lambda_keeps_the_order_of_relevance() {
    assert_ranking(&rank_for(&mmr(0.9), &query(), &three()), &[(0, 0.81), (1, 0.71), (2, 0.67)]);
    assert_ranking(&rank_for(&mmr(1.0), &query(), &three()), &[(0, 0.9), (1, 0.9), (2, 0.8)]);
}

#[test]
fn vectors_of_length_one_have_one_order_in_each_metric() {
    for metric in [Metric::Cosine, Metric::Dot, Metric::L2] {
        let ranking = rank_for(&mmr(0.5), &query().with_metric(metric), &three());
        assert_ranking(&ranking, &[(0, 0.45), (2, 0.15), (1, -0.05)]);
    }
}

#[test]
fn the_length_of_a_vector_counts_in_the_metrics_where_it_does() {
    let rows = [
        Candidate::default().with_vector([4.0, 0.0]),
        Candidate::default().with_vector([2.0, 0.0]),
        Candidate::default().with_vector([0.0, 0.0]),
    ];
    let query = RerankQuery::default().with_vector([2.0, 0.0]);
    let relevance = |metric| rank_for(&mmr(1.0), &query.clone().with_metric(metric), &rows);
    assert_ranking(&relevance(Metric::Cosine), &[(0, 1.0), (1, 1.0), (2, 0.5)]);
    assert_ranking(&relevance(Metric::Dot), &[(0, 0.75), (1, 0.625), (2, 0.5)]);
    assert_ranking(&relevance(Metric::L2), &[(1, 1.0), (0, 0.9375), (2, 0.9375)]);
}

#[test]
fn without_a_query_vector_ranks_are_the_relevance() {
    let rows = three().map(|row| Candidate { full_text: row.nearest, nearest: None, ..row });
    // 1, (1/62 − 1/63) / (1/61 − 1/63) and 0.
    let expected = [(0, 0.5), (2, -0.25), (1, 0.245_967_74 - 0.5)];
    assert_ranking(&rank_for(&mmr(0.5), &RerankQuery::default(), &rows), &expected);
}

#[test]
fn in_a_hybrid_search_fused_ranks_are_the_relevance() {
    let mut rows = three();
    rows[2].full_text = Some(Leg::new(1, 7.0));
    let hybrid = rank_for(&mmr(1.0), &query(), &rows);
    assert_eq!(order(&hybrid), order(&rank(&Rrf::default(), &rows)));
    assert_eq!((hybrid[0].score, hybrid[2].score), (1.0, 0.0));
}

#[test]
fn relevance_can_be_that_of_another_reranker() {
    /// Scores by the place among the candidates, the last one best, and asks for texts.
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
    }

    let over = mmr(0.5).over(Backwards);
    assert_eq!(over.needs(), Needs::default().with_texts().with_vectors());
    assert_eq!(Mmr::default().needs(), Needs::default().with_vectors());
    // Relevance is 0, ½ and 1.
    assert_ranking(&rank_for(&over, &query(), &three()), &[(2, 0.5), (1, 0.0), (0, -0.5)]);
}

#[test]
fn a_row_without_a_vector_is_as_similar_as_one_at_right_angles() {
    let mut rows = three();
    rows[2].vector = None;
    // Its relevance is ½: what is left of 0.25 is nothing.
    assert_ranking(&rank_for(&mmr(0.5), &query(), &rows), &[(0, 0.45), (2, 0.0), (1, -0.05)]);
}

#[test]
fn what_is_behind_the_page_is_ranked_all_the_same() {
    let rows: Vec<Candidate> = three().into_iter().cycle().take(12).collect();
    let whole = rank_for(&mmr(0.5), &query(), &rows);
    for places in 0..=13 {
        let page = rank_for(&mmr(0.5), &query().with_places(places), &rows);
        let places = places.min(rows.len());
        assert_eq!(page[..places], whole[..places]);
        assert_eq!(page.len(), rows.len());
    }
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let mut rows = three();
    rows[1].vector = Some(vec![1.0]);
    assert_invalid(&fails(&mmr(0.5), &query(), &rows), "2 and 1 dimensions");
    rows[1].vector = Some(vec![1.0, f32::NAN]);
    assert_invalid(&fails(&mmr(0.5), &query(), &rows), "the value NaN");
    for lambda in [-0.1, 1.1, f32::NAN] {
        assert_invalid(&fails(&mmr(lambda), &query(), &three()), "a number from 0 to 1");
        assert_invalid(&fails(&mmr(0.5).over(mmr(lambda)), &query(), &three()), "a number from 0 to 1");
    }
    let weighted = Weighted::new(0.0, 0.0);
    assert_invalid(&fails(&Mmr::default().over(weighted), &query(), &three()), "`Weighted`");
}
