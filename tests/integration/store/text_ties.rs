//! Searches with many rows that have equal scores.

use std::collections::BTreeMap;

use datus_store::rerank::Rrf;
use datus_store::{EmbeddingRecord, Store};

use super::memory;

#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "invoices")]
struct Invoice {
    #[datus(key)]
    id: i64,
    #[datus(fts)]
    text: String,
}

async fn invoices(rows: i64) -> Store<Invoice> {
    let store: Store<Invoice> = memory().await.store(()).await.unwrap();
    store.add((0..rows).rev().map(|id| Invoice { id, text: "invoice".into() })).await.unwrap();
    store.create_indexes().await.unwrap();
    store
}

// fault 4
#[tokio::test]
async fn pages_of_more_than_ten_thousand_equal_rows_have_each_row_once_in_the_order_of_keys() {
    let rows = 12_000;
    let store = invoices(rows).await;
    let mut seen: Vec<i64> = Vec::new();
    for offset in (0..12_000).step_by(1500) {
        let page = store.search_text(|t| t.text.matches("invoice")).limit(1500).offset(offset);
        seen.extend(page.select(|t| t.id).await.unwrap().iter().map(|hit| hit.record));
    }
    assert_eq!(seen, (0..rows).collect::<Vec<_>>());
    let after = store.search_text(|t| t.text.matches("invoice")).limit(10).offset(12_000).await.unwrap();
    assert!(after.is_empty());
    let ten = store.search_text(|t| t.text.matches("invoice")).select(|t| t.id).await.unwrap();
    assert_eq!(ten.iter().map(|hit| hit.record).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
}

// fault 4
#[tokio::test]
async fn better_rows_come_before_many_equal_ones_with_filters_too() {
    let store = invoices(11_000).await;
    store.add([Invoice { id: 20_000, text: "invoice invoice".into() }]).await.unwrap();
    let found = |offset| {
        let search = store.search_text(|t| t.text.matches("invoice")).filter(|t| t.id.ge(5));
        search.limit(5).offset(offset).select(|t| t.id)
    };
    let page = |hits: Vec<datus_store::Hit<i64>>| hits.iter().map(|hit| hit.record).collect::<Vec<_>>();
    let first = page(found(0).await.unwrap());
    assert!(first == [20_000, 5, 6, 7, 8] || first == [5, 6, 7, 8, 9], "{first:?}");
    let last = page(found(10_993).await.unwrap());
    assert_eq!(last.len(), 3, "{last:?}");
}

// fault 4
#[tokio::test]
async fn reranked_pages_of_many_equal_rows_have_each_row_once() {
    let store = invoices(11_000).await;
    let mut seen: BTreeMap<i64, usize> = BTreeMap::new();
    for offset in (0..11_000).step_by(2750) {
        let page = store.search_text(|t| t.text.matches("invoice")).rerank(Rrf::default());
        let hits = page.candidates(3000).limit(2750).offset(offset).select(|t| t.id).await.unwrap();
        hits.iter().for_each(|hit| *seen.entry(hit.record).or_default() += 1);
    }
    assert_eq!((seen.len(), seen.values().max()), (11_000, Some(&1)));
}
