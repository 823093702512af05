//! Searches by a stored row.

use datus_store::lancedb::index::Index;
use datus_store::lancedb::index::scalar::FtsIndexBuilder;
use datus_store::{EmbeddingRecord, ErrorKind, Store};

use super::full_text::{Recipe, ids, recipe, recipes_of};
use super::{line, memory, note, notes_of};
use crate::support::models::Toy;

#[tokio::test]
async fn rows_near_a_stored_row_are_found_without_that_row() {
    let store = notes_of(&line(20)).await;
    let hits = store.similar_to(7).limit(4).await.unwrap();
    let found: Vec<i64> = hits.iter().map(|hit| hit.record.id).collect();
    assert!(
        found == [6, 8, 5, 9] || found == [8, 6, 9, 5] || found == [6, 8, 9, 5] || found == [8, 6, 5, 9],
        "{found:?}"
    );
    assert_eq!(hits[0].distance(), Some(1.0));
    let odd = store.similar_to(7).topic("odd").filter(|t| t.id.gt(7)).limit(2).await.unwrap();
    assert_eq!(odd.iter().map(|hit| hit.record.id).collect::<Vec<_>>(), [9, 11]);
    assert_eq!(store.similar_to(7).limit(100).count().await.unwrap(), 19);
}

#[tokio::test]
async fn no_model_is_called() {
    let model = Toy::new();
    let store = super::notes(model.clone()).await;
    store.add(line(5)).await.unwrap();
    let calls = model.calls().len();
    store.similar_to(2).await.unwrap();
    assert_eq!(model.calls().len(), calls);
}

#[tokio::test]
async fn a_missing_key_and_a_row_without_a_vector_are_errors() {
    let mut rows = line(3);
    rows.push(super::Note { text: None, ..note(9, "") });
    let store = notes_of(&rows).await;
    let (absent, blank) = (ErrorKind::RowNotFound, ErrorKind::InvalidInput);
    for (key, kind, says) in [(77, absent, "no row has this key"), (9, blank, "has no vector")] {
        let error = store.similar_to(key).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (kind, Some("search")));
        assert_eq!((error.table(), error.column()), (Some("notes"), Some("vector")));
        assert!(error.to_string().contains(says), "{error}");
        assert!(store.similar_to(key).count().await.is_err());
    }
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(key(book, chapter))]
struct Chapter {
    chapter: u32,
    book: String,
    #[datus(embed(column = "title_vector", metric = l2))]
    title: String,
    #[datus(embed(column = "text_vector", metric = l2), fts)]
    text: Option<String>,
}

#[tokio::test]
async fn a_key_of_several_columns_is_a_tuple_and_a_vector_is_named() {
    let store: Store<Chapter> = memory().await.store(Toy::new()).await.unwrap();
    let chapter = |book: &str, chapter, title: &str, text: &str| Chapter {
        chapter,
        book: book.to_owned(),
        title: title.to_owned(),
        text: Some(text.to_owned()),
    };
    let rows = [
        chapter("a", 1, "1 0 0", "9 0 0"),
        chapter("a", 2, "5 0 0", "8 0 0"),
        chapter("b", 1, "2 0 0", "1 0 0"),
    ];
    store.add(rows).await.unwrap();
    let hits = store.vector(|v| v.title).similar_to(("a", 1)).await.unwrap();
    let found: Vec<_> = hits.iter().map(|hit| (hit.record.book.as_str(), hit.record.chapter)).collect();
    assert_eq!(found, [("b", 1), ("a", 2)]);
    let hits = store.vector(|v| v.text).similar_to((&String::from("a"), 1_u32)).limit(1).await.unwrap();
    assert_eq!((hits[0].record.book.as_str(), hits[0].record.chapter), ("a", 2));
    assert!(store.vector(|v| v.text).similar_to(("a", 3)).await.is_err());

    let index = Index::FTS(FtsIndexBuilder::default());
    store.as_lancedb().create_index(&["text"], index).execute().await.unwrap();
    let hits =
        store.vector(|v| v.title).search("1 0 0").hybrid().text_query(|t| t.text.matches("8")).await.unwrap();
    // The vectors weigh more than the text, which matches only the last row.
    let found: Vec<_> = hits.iter().map(|hit| (hit.record.book.as_str(), hit.record.chapter)).collect();
    assert_eq!(found, [("a", 1), ("b", 1), ("a", 2)]);
    assert_eq!(hits[0].explain().nearest.unwrap().rank, 1);
    assert_eq!(hits[2].explain().full_text.unwrap().rank, 1);
    assert_eq!(store.search_text(|t| t.text.matches("9")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_stored_row_and_a_text_are_searched_together() {
    let store = recipes_of(&[
        recipe(1, "Tomato soup", "0 0 1 tomato"),
        recipe(2, "Salad", "1 0 1 cucumber"),
        recipe(3, "Tomato salad", "9 0 1 tomato"),
    ])
    .await;
    let hits = store.similar_to(1).hybrid().text_query(|t| t.body.matches("tomato")).await.unwrap();
    assert_eq!(ids(&hits), [2, 3]);
    assert_eq!(hits[1].explain().full_text.unwrap().rank, 1);
    let _: Vec<datus_store::Hit<Recipe>> = hits;
}
