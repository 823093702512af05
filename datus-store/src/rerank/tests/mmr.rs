use super::*;
use crate::record::Metric;
use crate::rerank::{ConvexCombination, Mmr, Weighted};

/// Returns two copies of the best match and a row with an orthogonal vector.
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
fn a_copy_of_a_row_above_comes_after_a_different_row() {
    // The relevances are 0.9, 0.9 and 0.8. The copies have a similarity of 1 to each other, and of ½ to the third row.
    assert_ranking(&rank_for(&mmr(0.5), &query(), &three()), &[(0, 0.45), (2, 0.15), (1, -0.05)]);
    assert_ranking(&rank_for(&Mmr::default(), &query(), &three()), &[(0, 0.63), (2, 0.41), (1, 0.33)]);
}

#[test]
fn a_high_lambda_keeps_the_order_of_relevance() {
    assert_ranking(&rank_for(&mmr(0.9), &query(), &three()), &[(0, 0.81), (1, 0.71), (2, 0.67)]);
    assert_ranking(&rank_for(&mmr(1.0), &query(), &three()), &[(0, 0.9), (1, 0.9), (2, 0.8)]);
}

#[test]
fn unit_vectors_have_the_same_order_in_each_metric() {
    for metric in [Metric::Cosine, Metric::Dot, Metric::L2] {
        let ranking = rank_for(&mmr(0.5), &query().with_metric(metric), &three());
        assert_ranking(&ranking, &[(0, 0.45), (2, 0.15), (1, -0.05)]);
    }
}

#[test]
fn the_length_of_a_vector_counts_for_dot_and_l2_but_not_for_cosine() {
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
fn without_a_query_vector_the_relevance_comes_from_the_words() {
    let mut rows = three().map(|row| Candidate { nearest: None, ..row });
    for (row, score) in rows.iter_mut().zip([5.0, 4.0, 1.0]) {
        row.full_text = Some(Leg::new(1, score));
    }
    // The relevances are 1, ¾ and 0.
    let expected = [(0, 0.5), (1, -0.125), (2, -0.25)];
    assert_ranking(&rank_for(&mmr(0.5), &RerankQuery::default(), &rows), &expected);
}

#[test]
fn in_a_hybrid_search_the_relevance_comes_from_both_legs() {
    let mut rows = three();
    rows[2].full_text = Some(Leg::new(1, 7.0));
    let hybrid = rank_for(&mmr(1.0), &query(), &rows);
    assert_eq!(order(&hybrid), order(&rank(&ConvexCombination::default(), &rows)));
    assert_eq!((hybrid[0].score, hybrid[2].score), (1.0, 0.0));
}

#[test]
fn the_relevance_can_come_from_a_different_reranker() {
    let over = mmr(0.5).with_relevance(Backwards);
    assert_eq!(over.needs(), Needs::default().with_texts().with_vectors());
    assert_eq!(Mmr::default().needs(), Needs::default().with_vectors());
    // The candidates' relevances are 0, ½ and 1.
    assert_ranking(&rank_for(&over, &query(), &three()), &[(2, 0.5), (1, 0.0), (0, -0.5)]);
}

#[test]
fn a_row_without_a_vector_is_as_similar_as_an_orthogonal_one() {
    let mut rows = three();
    rows[2].vector = None;
    // The third row's relevance of ½ adds 0.25, and its similarity of ½ subtracts 0.25.
    assert_ranking(&rank_for(&mmr(0.5), &query(), &rows), &[(0, 0.45), (2, 0.0), (1, -0.05)]);
}

#[test]
fn rows_behind_the_page_are_ranked_too() {
    let rows: Vec<Candidate> = three().into_iter().cycle().take(12).collect();
    let whole = rank_for(&mmr(0.5), &query(), &rows);
    for top_n in 0..=13 {
        let page = rank_for(&mmr(0.5), &query().with_top_n(top_n), &rows);
        let top_n = top_n.min(rows.len());
        assert_eq!(page[..top_n], whole[..top_n]);
        assert_eq!(page.len(), rows.len());
    }
}

#[test]
fn invalid_vectors_and_settings_are_errors() {
    let mut rows = three();
    rows[1].vector = Some(vec![1.0]);
    assert_invalid(&fails(&mmr(0.5), &query(), &rows), "2 and 1 dimensions");
    rows[1].vector = Some(vec![1.0, f32::NAN]);
    assert_invalid(&fails(&mmr(0.5), &query(), &rows), "the value NaN");
    for lambda in [-0.1, 1.1, f32::NAN] {
        assert_invalid(&fails(&mmr(lambda), &query(), &three()), "must be from 0 to 1");
        assert_invalid(
            &fails(&mmr(0.5).with_relevance(mmr(lambda)), &query(), &three()),
            "must be from 0 to 1",
        );
    }
    let weighted = Weighted::new(0.0, 0.0);
    assert_invalid(&fails(&Mmr::default().with_relevance(weighted), &query(), &three()), "`Weighted`");
}
