use super::*;
use crate::model::ModelKind;
use crate::record::Metric;
use crate::rerank::ConvexCombination;

/// Returns rows with cosines of 0.8, 0.6 and 0.2, and BM25 scores of 2, 10 and 5.
fn four() -> [Candidate; 4] {
    [
        candidate(Some((1, 0.2)), Some((3, 2.0))),
        candidate(Some((2, 0.4)), None),
        candidate(Some((3, 0.8)), Some((1, 10.0))),
        candidate(None, Some((2, 5.0))),
    ]
}

/// The normalized scores of the rows are ¾, ½, 0 and none in the vector leg, and ⅕, none, 1 and ½ in the full-text leg.
const NEAREST: [f32; 4] = [0.75, 0.5, 0.0, 0.0];
const FULL_TEXT: [f32; 4] = [0.2, 0.0, 1.0, 0.5];

/// Returns the expected ranking for a given weight of the vector leg.
fn expected(weight: f32) -> Vec<(usize, f32)> {
    let scores = NEAREST.iter().zip(FULL_TEXT).map(|(near, text)| weight * near + (1.0 - weight) * text);
    let mut ranking: Vec<(usize, f32)> = scores.enumerate().collect();
    ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranking
}

#[test]
fn the_score_is_the_weighted_sum_of_the_normalized_scores() {
    for weight in [0.0, 0.3, 0.5, 0.9, 1.0] {
        assert_ranking(&rank(&ConvexCombination::new(weight), &four()), &expected(weight));
    }
}

#[test]
fn the_kind_of_the_model_decides_the_weight() {
    let ranking = |query: RerankQuery| rank_for(&ConvexCombination::default(), &query, &four());
    assert_ranking(&ranking(RerankQuery::default().with_model_kind(ModelKind::Lexical)), &expected(0.45));
    assert_ranking(&ranking(RerankQuery::default().with_model_kind(ModelKind::Neural)), &expected(0.75));
    assert_ranking(&ranking(RerankQuery::default()), &expected(0.75));
    let lexical = RerankQuery::default().with_model_kind(ModelKind::Lexical);
    assert_ranking(&rank_for(&ConvexCombination::new(0.9), &lexical, &four()), &expected(0.9));
}

#[test]
fn distances_of_unit_vectors_are_converted_to_cosines() {
    let unit = |metric| RerankQuery::default().with_metric(metric).with_normalized(true);
    let ranking = |query, rows: &[Candidate]| rank_for(&ConvexCombination::new(0.5), &query, rows);
    assert_ranking(&ranking(unit(Metric::Dot), &four()), &expected(0.5));
    let mut doubled = four();
    doubled.iter_mut().filter_map(|row| row.nearest.as_mut()).for_each(|leg| leg.score *= 2.0);
    assert_ranking(&ranking(unit(Metric::L2), &doubled), &expected(0.5));
}

#[test]
fn distances_of_other_vectors_are_scaled_by_the_first_and_the_last() {
    for metric in [Metric::L2, Metric::Dot] {
        let query = RerankQuery::default().with_metric(metric);
        let ranking = rank_for(&ConvexCombination::new(1.0), &query, &four());
        assert_ranking(&ranking, &[(0, 1.0), (1, 2.0 / 3.0), (2, 0.0), (3, 0.0)]);
    }
}

#[test]
fn if_a_leg_is_empty_the_other_one_has_a_weight_of_one() {
    let nearest = four().map(|row| Candidate { full_text: None, ..row });
    assert_ranking(&rank(&ConvexCombination::default(), &nearest[..3]), &[(0, 0.75), (1, 0.5), (2, 0.0)]);
    let words = four().map(|row| Candidate { nearest: None, ..row });
    let ranking = rank(&ConvexCombination::default(), &words);
    assert_ranking(&ranking, &[(2, 1.0), (3, 0.5), (0, 0.2), (1, 0.0)]);
    assert!(rank(&ConvexCombination::default(), &[]).is_empty());
}

#[test]
fn one_candidate_of_the_vector_leg_is_its_last() {
    assert_ranking(&rank(&ConvexCombination::default(), &four()[..1]), &[(0, 0.25)]);
    assert_ranking(&rank(&ConvexCombination::default(), &four()[1..2]), &[(0, 0.0)]);
}

#[test]
fn copies_of_the_query_have_the_highest_score() {
    let rows = [candidate(Some((1, 0.0)), None), candidate(Some((1, 0.0)), None), candidate(None, None)];
    assert_ranking(&rank(&ConvexCombination::new(0.5), &rows), &[(0, 1.0), (1, 1.0), (2, 0.0)]);
}

#[test]
fn a_weak_match_by_vector_leaves_the_order_to_the_words() {
    // With min-max, the first row would have 0.5 and come before the third.
    let rows = [
        candidate(Some((1, 0.94)), Some((3, 4.0))),
        candidate(Some((2, 0.95)), None),
        candidate(None, Some((1, 6.0))),
    ];
    assert_eq!(order(&rank(&ConvexCombination::new(0.5), &rows)), [2, 0, 1]);
}

#[test]
fn negative_bm25_scores_are_scaled_by_the_first_and_the_last() {
    let rows = [-1.0, 3.0, 1.0].map(|score| candidate(None, Some((1, score))));
    assert_ranking(&rank(&ConvexCombination::new(0.0), &rows), &[(1, 1.0), (2, 0.5), (0, 0.0)]);
}

#[test]
fn a_distance_that_is_not_finite_counts_as_the_worst() {
    let rows = [f32::NAN, 0.2, 0.8, f32::INFINITY].map(|distance| candidate(Some((1, distance)), None));
    assert_ranking(&rank(&ConvexCombination::new(1.0), &rows), &[(1, 0.75), (0, 0.0), (2, 0.0), (3, 0.0)]);
}

#[test]
fn a_weight_out_of_range_is_an_error() {
    for weight in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
        let error = fails(&ConvexCombination::new(weight), &RerankQuery::default(), &four());
        assert_invalid(&error, "the weights of `ConvexCombination` are");
    }
}
