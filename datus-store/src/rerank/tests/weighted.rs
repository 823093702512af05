use super::*;
use crate::rerank::Weighted;

/// Returns rows with distances of 0.2, 0.4 and 0.6, and BM25 scores of 2, 10 and 6.
fn four() -> [Candidate; 4] {
    [
        candidate(Some((1, 0.2)), Some((3, 2.0))),
        candidate(Some((2, 0.4)), None),
        candidate(Some((3, 0.6)), Some((1, 10.0))),
        candidate(None, Some((2, 6.0))),
    ]
}

#[test]
fn the_score_is_the_mean_of_the_scaled_scores() {
    // The scaled scores are 1, ½, 0 and none in the vector leg, and 0, none, 1 and ½ in the full-text leg.
    assert_ranking(&rank(&Weighted::default(), &four()), &[(0, 0.5), (2, 0.5), (1, 0.25), (3, 0.25)]);
}

#[test]
fn weights_are_relative() {
    let expected = [(0, 0.7), (1, 0.35), (2, 0.3), (3, 0.15)];
    assert_ranking(&rank(&Weighted::new(0.7, 0.3), &four()), &expected);
    assert_ranking(&rank(&Weighted::new(7.0, 3.0), &four()), &expected);
}

#[test]
fn equal_scores_of_a_leg_all_scale_to_one() {
    let rows = [
        candidate(Some((1, 0.3)), Some((2, 1.0))),
        candidate(Some((2, 0.3)), Some((1, 3.0))),
        candidate(None, Some((3, 1.0))),
    ];
    assert_ranking(&rank(&Weighted::default(), &rows), &[(1, 1.0), (0, 0.5), (2, 0.0)]);
    assert_ranking(&rank(&Weighted::default(), &rows[..1]), &[(0, 1.0)]);
}

#[test]
fn a_distance_that_is_not_finite_counts_as_the_worst() {
    let rows = [
        candidate(Some((3, f32::NAN)), None),
        candidate(Some((2, 0.9)), None),
        candidate(Some((1, 0.1)), None),
        candidate(Some((4, f32::INFINITY)), None),
    ];
    assert_ranking(&rank(&Weighted::default(), &rows), &[(2, 0.5), (0, 0.0), (1, 0.0), (3, 0.0)]);
}

#[test]
fn extreme_distances_do_not_overflow() {
    let rows = [candidate(Some((1, -f32::MAX)), None), candidate(Some((2, f32::MAX)), None)];
    assert_ranking(&rank(&Weighted::new(1.0, 0.0), &rows), &[(0, 1.0), (1, 0.0)]);
}

#[test]
fn invalid_weights_are_errors() {
    for (nearest, full_text) in [(-1.0, 1.0), (f32::NAN, 1.0), (1.0, f32::INFINITY), (0.0, 0.0)] {
        let error = fails(&Weighted::new(nearest, full_text), &RerankQuery::default(), &four());
        assert_invalid(&error, "the weights of `Weighted` are");
    }
}
