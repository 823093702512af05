//! Texts that move to a row with a different key keep their vectors.

use datus_store::{EmbeddingRecord, Store};

use super::repair::{Raw, raw, write_by_hand};
use super::{Note, memory, note, notes};
use crate::support::models::{Toy, vector};

/// Returns the vectors in ascending order of id.
async fn vectors(store: &Store<Note>) -> Vec<Option<Vec<f32>>> {
    let rows = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    rows.iter().map(|row| row.vector().map(<[f32]>::to_vec)).collect()
}

#[tokio::test]
async fn two_rows_that_swap_their_texts_embed_nothing() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.upsert([note(1, "1 1 1"), note(2, "2 2 2")]).await.unwrap();
    let done = store.upsert([note(1, "2 2 2"), note(2, "1 1 1")]).await.unwrap();
    assert_eq!((done.updated, done.embedded, done.reused, model.embedded()), (2, 0, 2, 2));
    assert_eq!(vectors(&store).await, [Some(vector("2 2 2")), Some(vector("1 1 1"))]);
}

#[tokio::test]
async fn a_new_row_gets_the_vector_of_a_stored_row_that_is_written_too() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.upsert([note(1, "1 1 1"), note(2, "2 2 2")]).await.unwrap();
    // Row 1 does not change.
    let done = store.upsert([note(1, "1 1 1"), note(3, "1 1 1"), note(4, "4 4 4")]).await.unwrap();
    assert_eq!((done.inserted, done.updated, done.unchanged), (2, 0, 1));
    assert_eq!((done.embedded, done.reused, model.embedded()), (1, 1, 3));
    let expected = ["1 1 1", "2 2 2", "1 1 1", "4 4 4"].map(|text| Some(vector(text)));
    assert_eq!(vectors(&store).await, expected);
}

#[tokio::test]
async fn a_text_of_a_row_that_is_not_written_is_embedded() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.upsert([note(1, "1 1 1"), note(2, "2 2 2")]).await.unwrap();
    let done = store.upsert([note(2, "1 1 1")]).await.unwrap();
    assert_eq!((done.updated, done.embedded, done.reused, model.embedded()), (1, 1, 0, 3));
}

#[tokio::test]
async fn a_text_whose_row_has_no_vector_is_embedded() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    write_by_hand(&store, &[Raw { vector: None, ..raw(1, 1, "1 1 1") }]).await;
    let done = store.upsert([note(1, "5 5 5"), note(2, "1 1 1")]).await.unwrap();
    assert_eq!((done.inserted, done.updated, done.embedded, done.reused), (1, 1, 2, 0));
    assert_eq!(vectors(&store).await, [Some(vector("5 5 5")), Some(vector("1 1 1"))]);
}

#[tokio::test]
async fn many_rows_keep_the_vectors_of_texts_that_moved() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    let text = |number: i64| format!("{number} 1 0");
    store.upsert((0..4000).map(|id| note(id, &text(id)))).await.unwrap();
    // Each text moves to the next row.
    let done = store.upsert((0..4001).map(|id| note(id, &text(id - 1)))).await.unwrap();
    assert_eq!((done.inserted, done.updated, done.embedded, done.reused), (1, 4000, 1, 4000));
    let expected: Vec<_> = (0..4001).map(|id| Some(vector(&text(id - 1)))).collect();
    assert_eq!(vectors(&store).await, expected);
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "places")]
struct Place {
    #[datus(key)]
    id: i64,
    x: Option<i32>,
    y: Option<i32>,
    #[datus(embed(metric = l2, template = "{x} {y} {text}"))]
    text: Option<String>,
}

#[tokio::test]
async fn a_text_of_several_columns_is_equal_if_all_columns_are() {
    let place = |id, x, y| Place { id, x, y, text: Some("1".to_owned()) };
    let model = Toy::new();
    let store: Store<Place> = memory().await.store(model.clone()).await.unwrap();
    store.upsert([place(1, Some(1), Some(7)), place(2, Some(2), Some(7))]).await.unwrap();
    // The template text of row 1 is now what row 2 had, and row 2 gets a new template text.
    let done = store.upsert([place(1, Some(2), Some(7)), place(2, Some(1), Some(8))]).await.unwrap();
    assert_eq!((done.updated, done.embedded, done.reused, model.embedded()), (2, 1, 1, 3));
    let rows = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    let vectors: Vec<_> = rows.iter().map(|row| row.vector().map(<[f32]>::to_vec)).collect();
    assert_eq!(vectors, [Some(vec![2.0, 7.0, 1.0]), Some(vec![1.0, 8.0, 1.0])]);
}
