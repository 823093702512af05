//! Errors of a search over several stores name the search.

use datus_store::{ColumnEnum, EmbeddingRecord, ErrorKind, Store, search_all_of};

use super::super::full_text::{Recipe, recipe};
use super::super::{Note, line, memory, notes, notes_of};
use super::kitchen;
use crate::support::models::{Scripted, Toy};

#[tokio::test]
async fn an_error_names_the_table_and_the_number_of_the_search() {
    let (notes, recipes) = (notes_of(&line(3)).await, kitchen().await);
    let unindexed: Store<Recipe> = memory().await.store(Toy::new()).await.unwrap();
    let cases = [
        search_all_of((notes.search("0 0 1"), recipes.search(" "))).await.unwrap_err(),
        search_all_of((notes.search("0 0 1"), unindexed.search("tomato").full_text())).await.unwrap_err(),
        search_all_of((notes.search("0 0 1"), recipes.search("0 0 1").distance_range(2.0..1.0)))
            .await
            .unwrap_err(),
    ];
    let kinds = [ErrorKind::InvalidInput, ErrorKind::MissingIndex, ErrorKind::InvalidInput];
    for (error, kind) in cases.iter().zip(kinds) {
        assert_eq!((error.kind(), error.table()), (kind, Some("recipes")), "{error}");
        assert!(error.message().ends_with("(search 2 of 2)"), "{error}");
    }
    let error = search_all_of((notes.search("  "), notes.search("0 0 1"))).await.unwrap_err();
    assert!(error.message().ends_with("(search 1 of 2)"), "{error}");
}

#[tokio::test]
async fn a_shared_question_that_cannot_be_embedded_is_an_error_of_the_first_search() {
    let failing = Scripted::new(|_| Err("the model is down".into()));
    let broken: Store<Note> = memory().await.store(failing).await.unwrap();
    let other = notes(Toy::new()).await;
    let searches = (other.search("1 0 1").limit(3), broken.search("0 0 1"), broken.search("0 0 1"));
    let error = search_all_of(searches).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("vector")), "{error}");
    assert!(error.message().ends_with("(search 2 of 3)"), "{error}");
}

#[tokio::test]
async fn a_mistake_is_found_before_anything_is_embedded() {
    let model = Toy::new();
    let notes = notes(model.clone()).await;
    let wrong = notes.search("0 0 1").distance_range(f32::NAN..);
    search_all_of((notes.search("1 0 1"), wrong)).await.unwrap_err();
    assert_eq!(model.embedded(), 0);
}

/// A recipe whose `Kind` lacks a kind that the table has.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "recipes")]
struct EvenRecipe {
    #[datus(key)]
    id: i64,
    kind: Kind,
    #[datus(fts)]
    title: String,
    #[datus(embed(metric = l2), fts(with_position = true))]
    body: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
#[datus(rename_all = "snake_case")]
enum Kind {
    Even,
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_an_error_of_its_search() {
    let db = memory().await;
    let recipes: Store<Recipe> = db.store(Toy::new()).await.unwrap();
    recipes.add([recipe(1, "Salad", "0 0 1"), recipe(2, "Soup", "1 0 1")]).await.unwrap();
    let even: Store<EvenRecipe> = db.store(Toy::new()).await.unwrap();
    let read = search_all_of((recipes.search("0 0 1"), even.search("1 0 1").limit(1))).await.unwrap();
    assert_eq!(read.len(), 3);
    let error = search_all_of((recipes.search("0 0 1"), even.search("0 0 1"))).await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::Decode, Some("recipes")), "{error}");
    assert_eq!((error.operation(), error.column()), (Some("search_all_of"), Some("kind")), "{error}");
    assert!(error.message().ends_with("(search 2 of 2)"), "{error}");
}
