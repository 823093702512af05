//! Receipts for searches with random filters are replayed with the same filters.

use datus_store::{EmbeddingRecord, Filter, Store};
use fastrand::Rng;

use super::super::{Note, line, sorted_ids};
use super::{stored, unmaintained};
use crate::support::models::Toy;

const ROWS: i64 = 20;

/// Returns a random filter with at most this number of levels.
fn filter(rng: &mut Rng, levels: u32) -> Filter<Note> {
    let t = Note::columns();
    let several = |rng: &mut Rng| (filter(rng, levels - 1), filter(rng, levels - 1));
    let id = rng.i64(-1..ROWS + 1);
    let rank = rng.i32(-1..5);
    match rng.u8(0..if levels == 0 { 10 } else { 16 }) {
        0 => t.id.eq(id),
        1 => t.id.ne(id),
        2 => t.id.lt(id),
        3 => t.rank.ge(rank),
        4 => t.rank.is_null(),
        5 => t.id.is_in([id, id + 3, i64::MIN, i64::MAX]),
        6 => t.topic.starts_with(["e", "'", "\u{0}"][rng.usize(..3)]),
        7 => t.text.like(["%1%", "_ 0 1", "\\%"][rng.usize(..3)]),
        8 => t.text.contains(format!("{id} ")),
        9 => t.topic.is_in([] as [&str; 0]),
        10 | 11 => {
            let (left, right) = several(rng);
            left.and(right)
        }
        12 | 13 => {
            let (left, right) = several(rng);
            left.or(right)
        }
        _ => !filter(rng, levels - 1),
    }
}

#[tokio::test]
async fn random_filters_find_the_same_rows_again() {
    let mut rng = Rng::with_seed(8);
    let store: Store<Note> = unmaintained().await.store(Toy::new()).await.unwrap();
    store.add(line(ROWS)).await.unwrap();
    let mut made = Vec::new();
    for _ in 0..60 {
        let filter = filter(&mut rng, 4);
        let rows = sorted_ids(&store.search_all().matching(filter.clone()).await.unwrap());
        let search = store.search("5 0 1").matching(filter.clone()).limit(100);
        let (hits, receipt) = search.with_receipt().await.unwrap();
        assert_eq!(sorted_ids(hits.iter().map(|hit| &hit.record)), rows, "{filter:?}");
        made.push((filter, hits, stored(&receipt)));
    }
    assert!(made.iter().filter(|(_, hits, _)| !hits.is_empty()).count() > 20);
    store.delete().all_rows().await.unwrap();
    for (filter, hits, receipt) in made {
        assert_eq!(store.replay(&receipt).await.unwrap(), hits, "{filter:?}");
    }
}
