use super::*;
use crate::record::Metric;
use crate::rerank::{PseudoRelevanceFeedback, Weighted};

/// Creates a candidate from the vector leg. If the last candidate has a cosine of 0, the relevance equals the cosine.
fn row(cosine: f32, vector: [f32; 2]) -> Candidate {
    candidate(Some((1, 1.0 - cosine)), None).with_vector(vector)
}

fn feedback() -> PseudoRelevanceFeedback {
    PseudoRelevanceFeedback::default()
}

/// Two equally relevant rows, whose vectors are orthogonal, and a row whose vector equals that of the first.
fn three() -> [Candidate; 3] {
    [row(0.8, [1.0, 0.0]), row(0.8, [0.0, 2.0]), row(0.0, [3.0, 0.0])]
}

#[test]
fn the_mean_similarity_to_the_best_rows_is_added_to_the_relevance() {
    // The similarities of the third row to the best rows are 1 and ½, and so are those of the first and second row.
    assert_ranking(&rank(&feedback(), &three()), &[(0, 0.8 + 0.45), (1, 0.8 + 0.45), (2, 0.45)]);
    let heavy = feedback().with_weight(2.0);
    assert_ranking(&rank(&heavy, &three()), &[(0, 0.8 + 1.5), (1, 0.8 + 1.5), (2, 1.5)]);
    assert_ranking(&rank(&feedback().with_weight(0.0), &three()), &[(0, 0.8), (1, 0.8), (2, 0.0)]);
}

#[test]
fn a_row_counts_less_the_less_relevant_it_is() {
    // The second row is less relevant by the temperature, so its weight is 1/e.
    let rows = [row(0.8, [1.0, 0.0]), row(0.75, [0.0, 1.0]), row(0.0, [0.0, 1.0])];
    let share = 1.0 / (1.0 + (-1.0_f32).exp());
    let to_second = 0.5 * share + (1.0 - share);
    let expected =
        [(0, 0.8 + 0.6 * (share + 0.5 * (1.0 - share))), (1, 0.75 + 0.6 * to_second), (2, 0.6 * to_second)];
    assert_ranking(&rank(&feedback(), &rows), &expected);
}

#[test]
fn a_row_that_is_similar_to_the_best_one_overtakes_a_more_relevant_row() {
    let rows = [row(0.9, [1.0, 0.0]), row(0.5, [0.0, 1.0]), row(0.4, [0.96, 0.28]), row(0.0, [0.0, -1.0])];
    assert_eq!(order(&rank(&feedback(), &rows)), [0, 2, 1, 3]);
    assert_eq!(order(&rank(&feedback().with_weight(0.1), &rows)), [0, 1, 2, 3]);
}

#[test]
fn a_row_without_a_vector_is_as_similar_as_an_orthogonal_one() {
    let mut rows = three();
    rows[2].vector = None;
    assert_ranking(&rank(&feedback(), &rows), &[(0, 0.8 + 0.45), (1, 0.8 + 0.45), (2, 0.3)]);
    let mut rows = three();
    rows[0].vector = None;
    // The third row's similarity to each of the two best rows is ½.
    assert_ranking(&rank(&feedback(), &rows), &[(1, 0.8 + 0.45), (0, 0.8 + 0.3), (2, 0.3)]);
}

#[test]
fn the_terms_add_up_to_the_score() {
    for ranked in rank(&feedback(), &three()) {
        let names: Vec<&str> = ranked.terms.iter().map(|term| &*term.name).collect();
        assert_eq!(names, ["relevance", "similarity to the best rows"]);
        assert!((ranked.terms.iter().map(|term| term.value).sum::<f32>() - ranked.score).abs() < 1e-6);
    }
}

#[test]
fn every_metric_compares_with_the_rows_themselves() {
    let rows = [row(0.8, [1.0, 0.0]), row(0.8, [0.0, 2.0]), row(0.0, [3.0, 4.0])];
    // The longest vector has length 5. The third row's distances² to the best rows are 20 and 13, and its products with
    // them 3 and 8.
    let expected = [
        (Metric::L2, 1.0 - (20.0 + 13.0) / 2.0 / 100.0),
        (Metric::Dot, (1.0 + (3.0 + 8.0) / 2.0 / 25.0) / 2.0),
        (Metric::Cosine, (1.0 + (0.6 + 0.8) / 2.0) / 2.0),
    ];
    for (metric, similarity) in expected {
        let query = RerankQuery::default().with_metric(metric);
        let third = rank_for(&feedback(), &query, &rows).pop().unwrap();
        assert!(
            third.candidate == 2 && (third.score - 0.6 * similarity).abs() < 1e-6,
            "{metric:?} {third:?}"
        );
    }
}

#[test]
fn few_candidates_and_none_with_a_vector_keep_their_order() {
    assert!(rank(&feedback(), &[]).is_empty());
    assert_eq!(order(&rank(&feedback(), &[row(0.5, [1.0, 0.0])])), [0]);
    let full_text = |rank, score| candidate(None, Some((rank, score)));
    let ranking = rank(&feedback(), &[full_text(1, 4.0), full_text(2, 3.0), full_text(3, 1.0)]);
    assert_ranking(&ranking, &[(0, 1.0 + 0.3), (1, 0.75 + 0.3), (2, 0.25 + 0.3)]);
}

#[test]
fn the_relevance_of_another_reranker_is_scaled() {
    assert_eq!((feedback().needs(), feedback().sends_text_away()), (Needs::default().with_vectors(), false));
    let backwards = feedback().with_relevance(Backwards);
    assert_eq!(backwards.needs(), Needs::default().with_texts().with_vectors());
    assert!(backwards.sends_text_away());
    // The relevances are 0, ½ and 1, and only the third row counts.
    let weight = |relevance: f32| ((relevance - 1.0) / 0.05).exp();
    let total = weight(0.0) + weight(0.5) + weight(1.0);
    let same = (weight(0.0) + weight(1.0) + 0.5 * weight(0.5)) / total;
    let other = (0.5 * weight(0.0) + 0.5 * weight(1.0) + weight(0.5)) / total;
    assert_ranking(
        &rank(&backwards, &three()),
        &[(2, 1.0 + 0.6 * same), (1, 0.5 + 0.6 * other), (0, 0.6 * same)],
    );
    let invalid = feedback().with_relevance(Weighted::new(0.0, 0.0));
    assert_invalid(&fails(&invalid, &RerankQuery::default(), &three()), "`Weighted`");
}

#[test]
fn invalid_vectors_and_weights_are_errors() {
    for weight in [-0.1, f32::NAN, f32::INFINITY] {
        let error = fails(&feedback().with_weight(weight), &RerankQuery::default(), &three());
        assert_invalid(&error, "the weight of `PseudoRelevanceFeedback` is");
    }
    let mut rows = three();
    rows[1].vector = Some(vec![1.0]);
    let error = fails(&feedback(), &RerankQuery::default(), &rows);
    assert_invalid(&error, "`PseudoRelevanceFeedback` cannot compare vectors of 2 and 1 dimensions");
}
