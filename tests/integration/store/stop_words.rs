//! Queries that consist of stop words.

use datus_store::{EmbeddingRecord, Error, ErrorKind, Store};

use super::full_text::{at, ids, recipe, recipes_of};
use super::memory;

fn assert_no_words<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("no indexed words"), "{error}");
    assert!(error.help().unwrap().contains("remove_stop_words"), "{error}");
}

// fault 23
#[tokio::test]
async fn a_query_of_stop_words_is_an_error() {
    let store = recipes_of(&[recipe(1, "The soup", "1 0 1 the soup of the day")]).await;
    for words in ["the", "of the", "The, and: is!", "...", "!!"] {
        assert_no_words(store.search_text(|t| t.title.matches(words)).await);
        assert_no_words(store.search_text(|t| t.all().matches_all(words)).count().await);
        assert_no_words(store.search_text(|t| t.body.phrase(words)).await);
        assert_no_words(store.search(words).full_text().await);
        assert_no_words(store.search_text(|t| t.title.matches(words).must(t.body.matches(words))).await);
        assert_no_words(store.search_text(|t| t.title.matches(words).must_not(t.body.matches("soup"))).await);
        assert_no_words(
            store.search_text(|t| t.title.matches(words).demote(t.body.matches("soup"), 0.5)).await,
        );
    }
}

// fault 23
#[tokio::test]
async fn a_clause_of_stop_words_is_ignored() {
    let rows = [recipe(1, "The soup", "1 0 1 the soup of the day"), recipe(2, "Bread", "2 0 1 flour")];
    let store = recipes_of(&rows).await;
    let soup = ids(&store.search_text(|t| t.title.matches("soup")).await.unwrap());
    assert_eq!(soup, [1]);
    assert_eq!(
        ids(&store.search_text(|t| t.title.matches("soup").must(t.body.matches("the"))).await.unwrap()),
        soup
    );
    assert_eq!(
        ids(&store.search_text(|t| t.title.matches("the").must(t.title.matches("soup"))).await.unwrap()),
        soup
    );
    assert_eq!(
        ids(&store.search_text(|t| t.title.matches("the").should(t.title.matches("soup"))).await.unwrap()),
        soup
    );
    assert_eq!(
        ids(&store.search_text(|t| t.title.matches("soup").or(t.body.phrase("of the"))).await.unwrap()),
        soup
    );
    assert_eq!(
        ids(&store.search_text(|t| t.title.matches("soup").must_not(t.title.matches("the"))).await.unwrap()),
        soup
    );
    assert_eq!(
        ids(&store
            .search_text(|t| t.title.matches("soup").demote(t.title.matches("the"), 0.5))
            .await
            .unwrap()),
        soup
    );
}

/// A question may consist only of stop words. A hybrid search then still searches by its vector.
// fault 23
#[tokio::test]
async fn a_hybrid_search_for_stop_words_finds_the_nearest_rows() {
    let store = recipes_of(&[recipe(1, "The soup", "1 0 1 the soup of the day")]).await;
    let hits = store.search(("what is it", at(1.0))).hybrid().await.unwrap();
    assert_eq!(ids(&hits), [1]);
    assert!(hits[0].explain().full_text.is_none());
}

#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "bands")]
struct Band {
    #[datus(key)]
    id: i64,
    #[datus(fts(remove_stop_words = false))]
    name: String,
}

// fault 23
#[tokio::test]
async fn a_column_that_keeps_stop_words_finds_them() {
    let store: Store<Band> = memory().await.store(()).await.unwrap();
    store.add([Band { id: 1, name: "The The".into() }, Band { id: 2, name: "Yes".into() }]).await.unwrap();
    store.create_indexes().await.unwrap();
    let found = store.search_text(|t| t.name.matches("the")).select(|t| t.id).await.unwrap();
    assert_eq!(found.iter().map(|hit| hit.record).collect::<Vec<_>>(), [1]);
}
