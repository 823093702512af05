use fastrand::Rng;

use super::*;
use crate::model::ModelKind;
use crate::record::Metric;
use crate::rerank::{ConvexCombination, Mmr, PseudoRelevanceFeedback, Rrf, Weighted};

const ROUNDS: u64 = 300;

fn rerankers() -> Vec<Box<dyn Reranker>> {
    vec![
        Box::new(ConvexCombination::default()),
        Box::new(ConvexCombination::new(0.2)),
        Box::new(Rrf::default()),
        Box::new(Rrf::new(0).with_weights(0.3, 2.0)),
        Box::new(Weighted::default()),
        Box::new(Weighted::new(0.9, 0.1)),
        Box::new(Mmr::default()),
        Box::new(Mmr::default().with_lambda(0.2)),
        Box::new(Mmr::default().with_relevance(Weighted::default())),
        Box::new(PseudoRelevanceFeedback::default()),
        Box::new(PseudoRelevanceFeedback::default().with_relevance(Weighted::default())),
    ]
}

/// Creates random rows: some lack a leg or a vector, and some have equal scores. If `wild` is set, some scores are not
/// finite.
fn rows(rng: &mut Rng, wild: bool) -> Vec<Candidate> {
    let count = rng.usize(0..30);
    let ranks = |rng: &mut Rng| {
        let mut ranks: Vec<usize> = (1..=count).collect();
        rng.shuffle(&mut ranks);
        ranks
    };
    let (nearest, full_text) = (ranks(rng), ranks(rng));
    let leg = |rng: &mut Rng, rank: usize| {
        let score = match rng.u8(0..8) {
            0 if wild => f32::NAN,
            1 if wild => f32::INFINITY,
            2 => 0.5,
            _ => rng.f32() * 40.0,
        };
        (rng.u8(0..4) > 0).then_some(Leg::new(rank, score))
    };
    let one = |rng: &mut Rng, row: usize| Candidate {
        nearest: leg(rng, nearest[row]),
        full_text: leg(rng, full_text[row]),
        vector: (rng.u8(0..6) > 0).then(|| vector(rng)),
        ..Candidate::default()
    };
    (0..count).map(|row| one(rng, row)).collect()
}

fn vector(rng: &mut Rng) -> Vec<f32> {
    match rng.u8(0..8) {
        0 => vec![0.0; 11],
        _ => (0..11).map(|_| rng.f32() * 6.0 - 3.0).collect(),
    }
}

fn query(rng: &mut Rng) -> RerankQuery {
    let metric = rng.choice([Metric::Cosine, Metric::L2, Metric::Dot]).unwrap();
    let model = rng.choice([ModelKind::Lexical, ModelKind::Neural]).unwrap();
    let query = RerankQuery::default().with_metric(metric).with_model_kind(model).with_normalized(rng.bool());
    if rng.bool() { query.with_vector(vector(rng)) } else { query }
}

/// Calls `check` for each reranker with random candidates. The round is the seed, so that failures can be reproduced.
fn for_all(wild: bool, check: impl Fn(&mut Rng, &dyn Reranker, &RerankQuery, Vec<Candidate>)) {
    for round in 0..ROUNDS {
        for reranker in rerankers() {
            let mut rng = Rng::with_seed(round);
            let (query, rows) = (query(&mut rng), rows(&mut rng, wild));
            check(&mut rng, reranker.as_ref(), &query, rows);
        }
    }
}

#[test]
fn every_ranking_satisfies_the_contract_and_is_deterministic() {
    for_all(true, |_, reranker, query, rows| {
        // `rank_for` fails if the ranking violates the contract.
        assert_eq!(rank_for(reranker, query, &rows), rank_for(reranker, query, &rows));
    });
}

#[test]
fn the_order_of_the_candidates_decides_only_ties() {
    for_all(false, |rng, reranker, query, mut rows| {
        let mut query = query.clone();
        if reranker.name() == "mmr" {
            // Of two equal rows, MMR selects one and compares the others with it, so the rows must all differ.
            query = query.with_vector([1.0; 11]);
            rows = rows.into_iter().filter_map(|row| made_unique(rng, row)).collect();
        }
        let mut shuffled: Vec<usize> = (0..rows.len()).collect();
        rng.shuffle(&mut shuffled);
        let other: Vec<Candidate> = shuffled.iter().map(|&row| rows[row].clone()).collect();
        let (ranking, other) = (rank_for(reranker, &query, &rows), rank_for(reranker, &query, &other));
        for (a, b) in ranking.iter().zip(&other) {
            assert_eq!(a.score, b.score, "{reranker:?}");
            assert!(a.candidate == shuffled[b.candidate] || has_ties(&ranking), "{reranker:?}");
        }
    });
}

/// Returns the row with one leg and a unique score and vector.
fn made_unique(rng: &mut Rng, row: Candidate) -> Option<Candidate> {
    let leg = Leg { score: rng.f32(), ..row.nearest? };
    let vector: Vec<f32> = (0..11).map(|_| rng.f32() - 0.5).collect();
    Some(Candidate::default().with_nearest(leg).with_vector(vector))
}

fn has_ties(ranking: &[Ranked]) -> bool {
    ranking.windows(2).any(|pair| pair[0].score == pair[1].score)
}

#[test]
fn equal_rows_keep_their_order() {
    for_all(true, |rng, reranker, query, rows| {
        let Some(first) = rows.first() else { return };
        let copies: Vec<Candidate> = vec![first.clone(); rng.usize(1..9)];
        let expected: Vec<usize> = (0..copies.len()).collect();
        assert_eq!(order(&rank_for(reranker, query, &copies)), expected, "{reranker:?}");
    });
}

#[test]
fn a_row_that_improves_in_a_leg_does_not_fall_in_the_ranking() {
    for_all(false, |rng, reranker, query, mut rows| {
        if rows.is_empty() || reranker.name() == "mmr" {
            return; // With MMR, a more relevant row can be more similar to the rows above it.
        }
        let row = rng.usize(0..rows.len());
        let position = |rows: &[Candidate]| {
            order(&rank_for(reranker, query, rows)).iter().position(|&candidate| candidate == row).unwrap()
        };
        let before = position(&rows);
        let better = |leg: Leg, score: f32| Leg { rank: leg.rank.div_ceil(2), score };
        rows[row].nearest = rows[row].nearest.map(|leg| better(leg, leg.score * rng.f32()));
        rows[row].full_text = rows[row].full_text.map(|leg| better(leg, leg.score * (1.0 + rng.f32())));
        assert!(position(&rows) <= before, "{reranker:?}");
    });
}

#[test]
fn mmr_selects_less_similar_rows_than_relevance() {
    let mut similarity = [0.0_f64; 2];
    for round in 0..ROUNDS {
        let mut rng = Rng::with_seed(round);
        let rows: Vec<Candidate> =
            (0..40).map(|row| candidate(Some((row + 1, 0.0)), None).with_vector(vector(&mut rng))).collect();
        let query = RerankQuery::default().with_vector(vector(&mut rng)).with_top_n(5);
        for (sum, lambda) in similarity.iter_mut().zip([1.0, 0.5]) {
            let top = order(&rank_for(&Mmr::default().with_lambda(lambda), &query, &rows))[..5].to_vec();
            let pairs = top.iter().flat_map(|a| top.iter().map(move |b| (a, b))).filter(|(a, b)| a < b);
            *sum += pairs.map(|(&a, &b)| cosine(&rows[a], &rows[b])).sum::<f64>();
        }
    }
    assert!(similarity[1] < similarity[0] * 0.7, "{similarity:?}");
}

fn cosine(a: &Candidate, b: &Candidate) -> f64 {
    let (a, b) = (a.vector.as_ref().unwrap(), b.vector.as_ref().unwrap());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}
