use super::*;
use crate::rerank::Rrf;

/// Returns rows found by both legs, only the vector leg, only the full-text leg, and both legs.
fn four() -> [Candidate; 4] {
    [
        candidate(Some((1, 0.1)), Some((3, 2.0))),
        candidate(Some((2, 0.2)), None),
        candidate(None, Some((1, 9.0))),
        candidate(Some((2, 0.2)), Some((2, 4.0))),
    ]
}

#[test]
fn the_score_is_the_sum_of_the_reciprocal_ranks() {
    let expected = [(0, 0.032_266_46), (3, 0.032_258_064), (2, 0.016_393_442), (1, 0.016_129_032)];
    assert_ranking(&rank(&Rrf::default(), &four()), &expected);
}

#[test]
fn with_a_k_of_zero_the_first_rank_of_a_leg_adds_one() {
    let expected = [(0, 1.333_333_4), (2, 1.0), (3, 1.0), (1, 0.5)];
    assert_ranking(&rank(&Rrf::new(0), &four()), &expected);
}

#[test]
fn weights_multiply_the_terms_of_the_legs() {
    let expected = [(0, 0.048_659_9), (3, 0.048_387_096), (1, 0.032_258_064), (2, 0.016_393_442)];
    assert_ranking(&rank(&Rrf::default().with_weights(2.0, 1.0), &four()), &expected);
    let text = rank(&Rrf::default().with_weights(0.0, 1.0), &four());
    assert_eq!(order(&text), [2, 3, 0, 1]);
}

#[test]
fn the_scores_of_the_legs_are_not_used() {
    let mut other = four();
    for leg in other.iter_mut().flat_map(|row| [&mut row.nearest, &mut row.full_text]).flatten() {
        leg.score = f32::NAN;
    }
    assert_eq!(rank(&Rrf::default(), &four()), rank(&Rrf::default(), &other));
}

#[test]
fn a_single_leg_keeps_its_order() {
    let rows: Vec<Candidate> = [3, 1, 2].map(|rank| candidate(None, Some((rank, 0.0)))).to_vec();
    assert_eq!(order(&rank(&Rrf::default(), &rows)), [1, 2, 0]);
}

#[test]
fn invalid_weights_are_errors() {
    for (nearest, full_text) in [(-1.0, 1.0), (f32::NAN, 1.0), (1.0, f32::INFINITY), (0.0, 0.0)] {
        let rrf = Rrf::default().with_weights(nearest, full_text);
        assert_invalid(&fails(&rrf, &RerankQuery::default(), &four()), "the weights of `Rrf` are");
    }
}
