//! Full-text search and its index: filters, rows newer than the index, deleted rows, and a missing index.

use datus_store::lancedb::index::Index;
use datus_store::lancedb::index::scalar::FtsIndexBuilder;
use datus_store::{EmbeddingRecord, ErrorKind, Store};

use super::full_text::{Recipe, at, ids, index, recipe, recipes_of};
use super::memory;
use crate::support::models::Toy;

fn many(length: i64) -> Vec<Recipe> {
    (0..length)
        .map(|id| recipe(id, &format!("number {id}"), &format!("{id} 0 1 tomato soup {}", id % 7)))
        .collect()
}

#[tokio::test]
async fn a_search_without_its_index_is_an_error_that_names_it() {
    let store: Store<Recipe> = memory().await.store(Toy::new()).await.unwrap();
    store.add([recipe(1, "Tomato soup", "0 0 1 tomatoes")]).await.unwrap();
    for query in [store.search("soup").full_text(), store.search_text(|t| t.title.matches("soup"))] {
        let error = query.await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::MissingIndex, Some("search")));
        assert_eq!((error.table(), error.column()), (Some("recipes"), Some("title")));
        assert!(error.to_string().contains("create_indexes()"), "{error}");
    }
    assert_eq!(store.search("soup").hybrid().await.unwrap_err().kind(), ErrorKind::MissingIndex);
    let title = Index::FTS(FtsIndexBuilder::default());
    store.as_lancedb().create_index(&["title"], title).execute().await.unwrap();
    assert_eq!(ids(&store.search_text(|t| t.title.matches("soup")).await.unwrap()), [1]);
    let error = store.search("soup").full_text().await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::MissingIndex, Some("body")));
    index(&store).await;
    assert_eq!(ids(&store.search("soup").full_text().await.unwrap()), [1]);
    store.as_lancedb().drop_index("title_idx").await.unwrap();
    assert_eq!(store.search("soup").full_text().await.unwrap_err().column(), Some("title"));
}

#[tokio::test]
async fn rows_newer_than_the_index_are_found() {
    let store = recipes_of(&many(20)).await;
    store
        .add([recipe(100, "Saffron rice", "7 7 7 saffron"), recipe(101, "Rice", "8 8 8 tomato")])
        .await
        .unwrap();
    assert_eq!(ids(&store.search("saffron").full_text().await.unwrap()), [100]);
    let hits = store.search("tomato").full_text().limit(100).await.unwrap();
    assert_eq!(hits.len(), 21);
    assert!(ids(&hits).contains(&101));
    // The query is stemmed in the same way as the index.
    store.add([recipe(102, "Potatoes", "9 9 9 boiled")]).await.unwrap();
    assert_eq!(ids(&store.search("potato").full_text().await.unwrap()), [102]);
    let phrase = store.search_text(|t| t.body.phrase("9 boiled")).await.unwrap();
    assert_eq!(ids(&phrase), [102]);
}

#[tokio::test]
async fn a_filter_that_keeps_one_row_of_a_hundred_fills_the_limit() {
    let store = recipes_of(&many(2000)).await;
    let wanted: Vec<i64> = (0..2000).filter(|id| id % 100 == 42).collect();
    let kept = wanted.clone();
    let hits = store.search("tomato").full_text().filter(|t| t.id.is_in(kept)).limit(20).await.unwrap();
    let mut found = ids(&hits);
    found.sort_unstable();
    assert_eq!(found, wanted);
    let kept = wanted.clone();
    assert_eq!(
        store.search("tomato").full_text().filter(|t| t.id.is_in(kept)).limit(7).count().await.unwrap(),
        7
    );
    let kept = wanted.clone();
    assert_eq!(
        store
            .search(("tomato", at(0.0)))
            .hybrid()
            .filter(|t| t.id.is_in(kept))
            .limit(20)
            .await
            .unwrap()
            .len(),
        20
    );
}

#[tokio::test]
async fn deleted_and_changed_rows_are_not_found_by_their_old_text() {
    let store = recipes_of(&many(50)).await;
    store.delete().filter(|t| t.id.lt(40)).await.unwrap();
    let hits = store.search("tomato").full_text().limit(50).await.unwrap();
    assert_eq!(hits.len(), 10);
    store.upsert([recipe(45, "Borscht", "4 5 6 beetroot")]).await.unwrap();
    assert_eq!(store.search("tomato").full_text().limit(50).await.unwrap().len(), 9);
    assert_eq!(ids(&store.search("beetroot").full_text().await.unwrap()), [45]);
}

#[tokio::test]
async fn limit_and_offset_page_through_scores() {
    let store = recipes_of(&many(60)).await;
    let found = |limit, offset| store.search_text(|t| t.title.matches("number")).limit(limit).offset(offset);
    let all = ids(&found(60, 0).await.unwrap());
    let mut paged = Vec::new();
    for page in 0..6 {
        let hits = found(10, page * 10).await.unwrap();
        assert_eq!(hits[0].explain().full_text.unwrap().rank, page * 10 + 1);
        paged.extend(ids(&hits));
    }
    // All scores are equal, so the rows are ordered by key.
    assert_eq!((&all, paged), (&(0..60).collect::<Vec<_>>(), all.clone()));
    let few = store.search_text(|t| t.title.matches("number")).limit(7).select(|t| t.kind).await.unwrap();
    let kinds: Vec<_> = few.into_iter().map(|hit| hit.record).collect();
    assert_eq!(kinds, ["even", "odd", "even", "odd", "even", "odd", "even"]);
    assert!(found(0, 0).await.unwrap().is_empty());
    assert_eq!(store.search("tomato").full_text().await.unwrap().len(), 10);
}

/// Names that the engine does not parse as words.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "odd")]
struct Odd {
    #[datus(fts, rename = "the Title")]
    title: String,
    #[datus(fts, rename = "select")]
    body: String,
    #[datus(fts, rename = "Größe-1")]
    size: String,
}

#[tokio::test]
async fn columns_of_any_name_are_searched_without_a_vector() {
    let store: Store<Odd> = memory().await.store(()).await.unwrap();
    let odd = |title: &str, body: &str, size: &str| Odd {
        title: title.into(),
        body: body.into(),
        size: size.into(),
    };
    store.add([odd("alpha", "beta", "gamma"), odd("delta", "alpha", "beta")]).await.unwrap();
    for column in ["the Title", "select", "Größe-1"] {
        let index = Index::FTS(FtsIndexBuilder::default());
        store.as_lancedb().create_index(&[format!("`{column}`")], index).execute().await.unwrap();
    }
    let first =
        |hits: Vec<datus_store::Hit<Odd>>| hits.into_iter().map(|hit| hit.record.title).collect::<Vec<_>>();
    assert_eq!(first(store.search_text(|t| t.title.matches("alpha")).await.unwrap()), ["alpha"]);
    assert_eq!(first(store.search_text(|t| t.body.matches("alpha")).await.unwrap()), ["delta"]);
    assert_eq!(first(store.search_text(|t| t.size.matches("gamma")).await.unwrap()), ["alpha"]);
    assert_eq!(store.search_text(|t| t.all().matches("beta")).await.unwrap().len(), 2);
    let titles = store.search_text(|t| t.all().matches("gamma")).select(|t| t.title).await.unwrap();
    assert_eq!(titles[0].record, "alpha");
}
