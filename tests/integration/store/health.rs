use std::sync::Arc;

use arrow_array::types::Float32Type;
use arrow_array::{ArrayRef, FixedSizeListArray, Int64Array, RecordBatch, StringArray, new_null_array};
use arrow_schema::DataType;
use datus_store::lancedb::index::Index;
use datus_store::lancedb::index::scalar::FtsIndexBuilder;
use datus_store::{Advice, EmbeddingRecord, Store};

use super::indexes::{ivf_flat, points};
use super::{Note, line, memory, note, notes, notes_of, unmaintained};
use crate::support::models::Toy;

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
async fn a_healthy_table_gets_no_advice() {
    let store = notes_of(&line(5)).await;
    let health = store.health().await.unwrap();
    assert_eq!((health.rows, health.deleted_rows, health.fragments, health.small_fragments), (5, 0, 1, 1));
    assert!(health.advice.is_empty(), "{health}");
    assert!(health.bytes > 0 && health.versions >= 2 && health.oldest_version.is_some(), "{health:?}");
}

#[tokio::test]
async fn rows_that_an_index_does_not_cover_are_counted_and_folding_is_advised() {
    let store: Store<Entry> = unmaintained().await.store(()).await.unwrap();
    store.add((0..100).map(entry)).await.unwrap();
    let health = store.health().await.unwrap();
    let missing = Advice::CreateIndexes { columns: vec!["kind".to_owned(), "text".to_owned()] };
    assert_eq!(health.advice, [missing], "{health}");
    store.create_indexes().await.unwrap();
    store.add((100..120).map(entry)).await.unwrap();
    let health = store.health().await.unwrap();
    let covered: Vec<_> = health
        .indexes
        .iter()
        .map(|index| (index.kind.as_str(), index.indexed_rows, index.unindexed_rows))
        .collect();
    assert_eq!(covered, [("bitmap", 100, 20), ("fts", 100, 20)]);
    let update = |index: &str| Advice::UpdateIndex { index: index.to_owned(), unindexed_rows: 20 };
    assert_eq!(health.advice, [update("kind_bitmap"), update("text_fts")], "{health}");
}

#[tokio::test]
async fn compaction_is_advised_for_rows_written_one_by_one_and_deleted_rows() {
    let store: Store<Entry> = unmaintained().await.store(()).await.unwrap();
    for number in 0..16 {
        store.add([entry(number)]).await.unwrap();
    }
    store.create_indexes().await.unwrap();
    let health = store.health().await.unwrap();
    assert_eq!(health.advice, [Advice::Compact { small_fragments: 16, deleted_rows: 0 }], "{health}");
    store.optimize().await.unwrap();
    store.delete().filter(|t| t.kind.eq("kind 1")).await.unwrap();
    let health = store.health().await.unwrap();
    assert_eq!(health.advice, [Advice::Compact { small_fragments: 1, deleted_rows: 5 }], "{health}");
}

#[tokio::test]
async fn health_reports_the_recall_of_a_vector_index() {
    let store: Store<ivf_flat::Point> = points(&memory().await, 0..300).await;
    let report = store.create_indexes().samples(20).await.unwrap();
    let health = store.health().await.unwrap();
    assert_eq!(health.indexes[0].recall, report.indexes[0].recall);
    assert!(health.to_string().contains("recall@10"), "{health}");
}

/// An id, a text and a vector.
type RowByHand<'a> = (i64, Option<&'a str>, Option<[f32; 3]>);

/// Writes rows through LanceDB, as another program does, with or without a text and a vector.
async fn write_by_hand(store: &Store<Note>, rows: &[RowByHand<'_>]) {
    let schema = store.schema().await.unwrap();
    let vectors: Vec<Option<Vec<Option<f32>>>> =
        rows.iter().map(|(_, _, vector)| vector.map(|vector| vector.map(Some).to_vec())).collect();
    let vectors = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(vectors, 3);
    let DataType::FixedSizeList(item, _) = schema.field_with_name("vector").unwrap().data_type() else {
        panic!("no vectors in {schema}");
    };
    let (_, size, values, nulls) = vectors.into_parts();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.0))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|_| "python"))),
        new_null_array(&DataType::Int32, rows.len()),
        Arc::new(StringArray::from_iter(rows.iter().map(|row| row.1))),
        Arc::new(FixedSizeListArray::new(item.clone(), size, values, nulls)),
    ];
    let batch = RecordBatch::try_new(schema, columns).unwrap();
    store.as_lancedb().add(batch).execute().await.unwrap();
}

/// Fault 10: a Python program adds rows without vectors.
#[tokio::test]
async fn rows_with_a_text_and_no_vector_are_counted_and_reembed_makes_their_vectors() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.add(line(5)).await.unwrap();
    let rows =
        [(10, Some("1 2 3"), None), (11, None, None), (12, Some("  "), None), (13, Some("3 2 1"), None)];
    write_by_hand(&store, &rows).await;
    for health in [store.health().await.unwrap(), store.health().thorough().await.unwrap()] {
        assert_eq!((health.missing_vectors, health.duplicate_keys), (Some(2), Some(0)), "{health}");
        assert_eq!(
            health.advice,
            [Advice::EmbedMissing { column: "vector".to_owned(), rows: 2 }],
            "{health}"
        );
        assert!(health.to_string().contains("2 rows"), "{health}");
    }
    let embedded = model.embedded();
    let done = store.reembed(model.clone()).await.unwrap();
    assert_eq!((done.rows, model.embedded() - embedded), (2, 2));
    assert_eq!(store.search("3 2 1").await.unwrap()[0].record.id, 13);
    let health = store.health().await.unwrap();
    assert_eq!(health.missing_vectors, Some(0), "{health}");
    assert!(!health.advice.iter().any(|advice| matches!(advice, Advice::EmbedMissing { .. })), "{health}");
}

/// Fault 10: a Python program adds a row with an existing key.
#[tokio::test]
async fn rows_that_share_a_key_are_counted_and_one_key_is_named() {
    let store = notes_of(&line(20)).await;
    let vector = Some([1.0, 2.0, 3.0]);
    write_by_hand(
        &store,
        &[(7, Some("1 2 3"), vector), (7, Some("1 2 3"), vector), (50, Some("1 2 3"), vector)],
    )
    .await;
    let health = store.health().await.unwrap();
    assert_eq!((health.missing_vectors, health.duplicate_keys), (Some(0), Some(2)), "{health}");
    assert_eq!(health.advice, [Advice::RemoveDuplicates { rows: 2, key: "`7`".to_owned() }], "{health}");
    store.delete().filter(|t| t.id.eq(7)).await.unwrap();
    store.add([note(7, "7 0 1")]).await.unwrap();
    assert_eq!(store.health().await.unwrap().duplicate_keys, Some(0));
}

#[tokio::test]
async fn a_table_without_a_key_has_no_duplicate_keys() {
    let store: Store<Entry> = memory().await.store(()).await.unwrap();
    store.add([entry(1), entry(1)]).await.unwrap();
    let health = store.health().thorough().await.unwrap();
    assert_eq!((health.missing_vectors, health.duplicate_keys), (Some(0), None), "{health}");
}

/// Fault 42: a Python program builds a second index on a column.
#[tokio::test]
async fn indexes_that_the_struct_does_not_declare_are_told_from_those_that_it_declares() {
    let store: Store<Entry> = unmaintained().await.store(()).await.unwrap();
    store.add((0..10).map(entry)).await.unwrap();
    let with_positions = Index::FTS(FtsIndexBuilder::default().with_position(true).stem(false));
    let by_hand = store.as_lancedb().create_index(&["text"], with_positions).name("by_hand".to_owned());
    by_hand.execute().await.unwrap();
    store.create_indexes().await.unwrap();
    let by_hand = Index::BTree(Default::default());
    store
        .as_lancedb()
        .create_index(&["kind"], by_hand)
        .name("kind_btree".to_owned())
        .execute()
        .await
        .unwrap();
    // The declared index replaced the one with other options, but a third one stays.
    let third = Index::FTS(FtsIndexBuilder::default().with_position(true).stem(false));
    store.as_lancedb().create_index(&["text"], third).name("a_third".to_owned()).execute().await.unwrap();

    let health = store.health().await.unwrap();
    let mut undeclared: Vec<&str> =
        health.indexes.iter().filter(|index| !index.declared).map(|index| index.name.as_str()).collect();
    undeclared.sort_unstable();
    assert_eq!(undeclared, ["a_third", "kind_btree"], "{health}");
    assert!(health.to_string().contains("`a_third` is not declared by the struct"), "{health}");
    let report = store.create_indexes().await.unwrap();
    let third = report.indexes.iter().find(|entry| entry.name.as_deref() == Some("a_third")).unwrap();
    assert!(third.why.contains("does not declare it"), "{report}");
}
