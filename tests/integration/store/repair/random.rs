//! Tables with random faults.

use std::collections::BTreeMap;

use datus_store::Store;
use fastrand::Rng;

use super::{Raw, assert_sound, ranks, raw, set_text_by_hand, write_by_hand};
use crate::store::{Note, note, unmaintained};
use crate::support::cases;
use crate::support::models::Toy;

#[tokio::test]
async fn after_a_repair_each_key_has_its_greatest_row_with_the_vector_of_its_text() {
    for case in 0..cases(12) {
        let mut random = Rng::with_seed(u64::from(case));
        let store: Store<Note> = unmaintained().await.store(Toy::new()).await.unwrap();
        let mut greatest: BTreeMap<i64, Option<i32>> = BTreeMap::new();
        let mut rank = 0;
        for _ in 0..random.usize(1..8) {
            let mut rows = Vec::new();
            for _ in 0..random.usize(1..12) {
                rank += 1;
                let (id, text) = (random.i64(0..10), format!("{rank} 1 {}", random.u8(0..3)));
                // The repair would keep differing rows with equal ranks, so only null ranks repeat, and only in equal rows.
                let null = random.u8(0..4) == 0;
                let row = if null { raw(id, None, &format!("{id} 5 5")) } else { raw(id, rank, &text) };
                let best = greatest.entry(id).or_default();
                *best = (*best).max(row.rank);
                rows.push(if random.bool() { row } else { Raw { vector: None, ..row } });
            }
            write_by_hand(&store, &rows).await;
            match random.u8(0..5) {
                0 => set_text_by_hand(&store, "rank % 3 = 0", "8 8 8").await,
                1 => {
                    store.optimize().await.unwrap();
                }
                2 => {
                    let id = 100 + i64::from(rank);
                    store.add([note(id, "1 2 3")]).await.unwrap();
                    greatest.insert(id, None);
                }
                3 => {
                    let id = random.i64(0..10);
                    store.delete().filter(|t| t.id.eq(id)).await.unwrap();
                    greatest.remove(&id);
                }
                _ => {}
            }
        }
        let size = random.usize(1..9);
        let repaired = store.repair().keep_max(|t| t.rank).stale_vectors().batch_size(size).await.unwrap();
        assert!(repaired.remaining.is_empty(), "case {case}: {repaired:?}");
        assert_eq!(ranks(&store).await, greatest.into_iter().collect::<Vec<_>>(), "case {case}");
        assert_sound(&store).await;
    }
}
