use datus_store::{Advice, EmbeddingRecord, Store};

use super::indices::{ivf_flat, points};
use super::{line, memory, notes_of};

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "entries")]
struct Entry {
    #[datus(index = bitmap)]
    kind: String,
    #[datus(fts)]
    text: String,
}

fn entry(number: usize) -> Entry {
    Entry { kind: format!("kind {}", number % 3), text: format!("entry {number}") }
}

#[tokio::test]
async fn a_table_that_is_well_needs_nothing() {
    let store = notes_of(&line(5)).await;
    let health = store.health().await.unwrap();
    assert_eq!((health.rows, health.deleted_rows, health.fragments, health.small_fragments), (5, 0, 1, 1));
    assert!(health.advice.is_empty(), "{health}");
    assert!(health.bytes > 0 && health.versions >= 2 && health.oldest_version.is_some(), "{health:?}");
}

#[tokio::test]
async fn rows_that_an_index_does_not_cover_are_counted_and_to_be_folded_in() {
    let store: Store<Entry> = memory().await.store(()).await.unwrap();
    store.add((0..100).map(entry)).await.unwrap();
    let health = store.health().await.unwrap();
    let missing = Advice::CreateIndices { columns: vec!["kind".to_owned(), "text".to_owned()] };
    assert_eq!(health.advice, [missing], "{health}");
    store.create_indices().await.unwrap();
    store.add((100..120).map(entry)).await.unwrap();
    let health = store.health().await.unwrap();
    let covered: Vec<_> =
        health.indexes.iter().map(|index| (index.kind.as_str(), index.covered, index.uncovered)).collect();
    assert_eq!(covered, [("bitmap", 100, 20), ("fts", 100, 20)]);
    let fold = |index: &str| Advice::FoldIndex { index: index.to_owned(), uncovered: 20 };
    assert_eq!(health.advice, [fold("kind_bitmap"), fold("text_fts")], "{health}");
}

#[tokio::test]
async fn rows_written_one_by_one_and_deleted_rows_are_to_be_compacted() {
    let store: Store<Entry> = memory().await.store(()).await.unwrap();
    for number in 0..16 {
        store.add([entry(number)]).await.unwrap();
    }
    store.create_indices().await.unwrap();
    let health = store.health().await.unwrap();
    assert_eq!(health.advice, [Advice::Compact { small_fragments: 16, deleted_rows: 0 }], "{health}");
    store.optimize().await.unwrap();
    store.delete(|t| t.kind.eq("kind 1")).await.unwrap();
    let health = store.health().await.unwrap();
    assert_eq!(health.advice, [Advice::Compact { small_fragments: 1, deleted_rows: 5 }], "{health}");
}

#[tokio::test]
async fn the_recall_of_a_vector_index_is_told() {
    let store: Store<ivf_flat::Point> = points(&memory().await, 0..300).await;
    let report = store.create_indices().samples(20).await.unwrap();
    let health = store.health().await.unwrap();
    assert_eq!(health.indexes[0].recall, report.indexes[0].recall);
    assert!(health.to_string().contains("recall@10"), "{health}");
}
