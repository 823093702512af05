//! The order of random searches, compared with one that is computed from each search.

use datus_store::{Embedding, Hit, Of3, Store, search_all_of};
use fastrand::Rng;

use super::super::{Note, note, notes_of};
use crate::support::models::Toy;

/// Returns a store with fewer than 30 notes at random points, some of which are equal.
async fn random(rng: &mut Rng) -> Store<Note> {
    let rows = rng.i64(0..30);
    let rows = (0..rows).map(|id| note(id, &format!("{} {} 1", rng.u8(0..6), rng.u8(0..6))));
    notes_of(&rows.collect::<Vec<_>>()).await
}

#[tokio::test]
async fn random_searches_are_fused_by_rank() {
    let mut rng = Rng::with_seed(15);
    for _ in 0..12 {
        let stores = [random(&mut rng).await, random(&mut rng).await, random(&mut rng).await];
        for _ in 0..8 {
            let at = Embedding::of(Toy::ID, [rng.f32() * 6.0, rng.f32() * 6.0, 1.0]);
            let limit = rng.usize(1..40);
            let own: [Option<usize>; 3] = std::array::from_fn(|_| rng.bool().then(|| rng.usize(1..12)));
            let search = |number: usize| {
                let search = stores[number].search(&at);
                match own[number] {
                    Some(limit) => search.limit(limit),
                    None => search,
                }
            };
            let hits = search_all_of((search(0), search(1), search(2))).limit(limit).await.unwrap();
            let found: Vec<(usize, i64, f32, Option<f32>)> = hits
                .iter()
                .map(|hit| {
                    let (search, note) = match &hit.record {
                        Of3::A(note) => (0, note),
                        Of3::B(note) => (1, note),
                        Of3::C(note) => (2, note),
                    };
                    (search, note.id, hit.score.value(), hit.distance())
                })
                .collect();

            let mut expected = Vec::new();
            for (number, own) in own.iter().enumerate() {
                let alone = search(number).limit(own.unwrap_or(limit)).await.unwrap();
                let score = |position: usize| (1.0 / (61 + position) as f64) as f32;
                let ranked = alone.iter().enumerate();
                expected.extend(ranked.map(|(position, hit): (usize, &Hit<Note>)| {
                    (number, hit.record.id, score(position), hit.distance())
                }));
            }
            // The sort is stable: rows with equal scores stay in the order of the searches.
            expected.sort_by(|a, b| b.2.total_cmp(&a.2));
            expected.truncate(limit);
            assert_eq!(found, expected, "limit {limit}, own limits {own:?}");
        }
    }
}
