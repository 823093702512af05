//! Columns that are scored as one text (BM25F).

use datus_store::{EmbeddingRecord, Error, ErrorKind, Hit, Store};

use super::memory;
use crate::support::models::Toy;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "docs")]
struct Doc {
    #[datus(key)]
    id: i64,
    #[datus(fts, rename = "the Title")]
    title: String,
    #[datus(embed(metric = l2), fts(with_position = true))]
    body: Option<String>,
    #[datus(fts(stem = false))]
    note: String,
}

fn doc(id: i64, title: &str, body: &str) -> Doc {
    Doc { id, title: title.into(), body: Some(body.into()), note: title.into() }
}

fn docs() -> Vec<Doc> {
    vec![
        doc(1, "Tomato soup", "1 0 1 blend them with garlic"),
        doc(2, "Bread", "2 0 1 rub it with garlic and tomato, and eat it with more bread and water"),
        doc(3, "Garlic", "3 0 1 a bulb"),
        doc(4, "Rice", "4 0 1 boil it in water"),
        doc(5, "Water", "5 0 1 from the tap"),
    ]
}

/// Returns a store whose index covers all rows, and one with the same rows whose index does not cover the second half.
async fn indexed_and_newer() -> [Store<Doc>; 2] {
    let indexed: Store<Doc> = memory().await.store(Toy::new()).await.unwrap();
    indexed.add(docs()).await.unwrap();
    indexed.create_indexes().await.unwrap();
    let newer: Store<Doc> = memory().await.store(Toy::new()).await.unwrap();
    newer.add(&docs()[..2]).await.unwrap();
    newer.create_indexes().await.unwrap();
    newer.add(&docs()[2..]).await.unwrap();
    [indexed, newer]
}

fn ids(hits: &[Hit<Doc>]) -> Vec<i64> {
    hits.iter().map(|hit| hit.record.id).collect()
}

fn sorted(hits: &[Hit<Doc>]) -> Vec<i64> {
    let mut ids = ids(hits);
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn words_in_different_columns_are_words_of_one_text() {
    for store in indexed_and_newer().await {
        let best_column =
            store.search_text(|t| t.title.with(t.body).matches_all("tomato garlic")).await.unwrap();
        assert_eq!(ids(&best_column), [2]);
        let combined = store.search_text(|t| t.title.combined_with(t.body).matches_all("tomato garlic"));
        assert_eq!(ids(&combined.await.unwrap()), [1, 2]);
        let any = store.search_text(|t| t.body.combined_with(t.title).matches("tomato water")).await.unwrap();
        assert_eq!(sorted(&any), [1, 2, 4, 5]);
    }
}

#[tokio::test]
async fn a_boost_multiplies_the_occurrences_in_its_column() {
    for store in indexed_and_newer().await {
        let found = |title: f32, body: f32| {
            store.search_text(move |t| {
                t.title.boost(title).combined_with(t.body.boost(body)).matches("bread garlic")
            })
        };
        assert_eq!(ids(&found(100.0, 1.0).await.unwrap()).last(), Some(&1), "only its body has a word");
        let score = |hits: &[Hit<Doc>]| hits.iter().find(|hit| hit.record.id == 3).unwrap().score.value();
        let (plain, boosted) = (found(1.0, 1.0).await.unwrap(), found(4.0, 1.0).await.unwrap());
        assert!(score(&boosted) > score(&plain), "{plain:?} {boosted:?}");
    }
}

#[tokio::test]
async fn combined_columns_are_clauses_of_other_queries() {
    for store in indexed_and_newer().await {
        let must = store
            .search_text(|t| t.title.combined_with(t.body).matches("garlic").must(t.body.matches("tomato")));
        assert_eq!(ids(&must.await.unwrap()), [2]);
        let not = store.search_text(|t| {
            t.title
                .combined_with(t.body)
                .matches("garlic")
                .must_not(t.title.combined_with(t.body).matches("bread"))
        });
        assert_eq!(sorted(&not.await.unwrap()), [1, 3]);
        let nested = store.search_text(|t| {
            let garlic = t.title.combined_with(t.body).matches("garlic");
            t.title.matches("rice").or(garlic.must_not(t.title.matches("garlic")))
        });
        assert_eq!(sorted(&nested.await.unwrap()), [1, 2, 4]);
        let demoted = store.search_text(|t| {
            t.title.combined_with(t.body).matches("garlic").demote(t.title.matches("garlic"), 0.9)
        });
        assert_eq!(ids(&demoted.await.unwrap()).last(), Some(&3));
        let filtered =
            store.search_text(|t| t.title.combined_with(t.body).matches("garlic")).filter(|t| t.id.gt(1));
        assert_eq!(sorted(&filtered.await.unwrap()), [2, 3]);
        let both =
            store.search("3 0 1").hybrid().text_query(|t| t.title.combined_with(t.body).matches("rice"));
        let hits = both.await.unwrap();
        assert!(hits.iter().find(|hit| hit.record.id == 4).unwrap().explain().full_text.is_some());
        let columns_only = store.search("garlic").full_text().text_query(|t| t.title.combined_with(t.body));
        assert_eq!(sorted(&columns_only.await.unwrap()), [1, 2, 3]);
    }
}

fn assert_refused<T: std::fmt::Debug>(result: Result<T, Error>, column: &str, part: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some(column)), "{error}");
    assert!(error.message().contains(part) && error.help().is_some(), "{error}");
}

#[tokio::test]
async fn columns_that_cannot_be_combined_are_named() {
    let [store, _] = indexed_and_newer().await;
    for boost in [0.0, 0.99, f32::NAN, f32::INFINITY] {
        let query = store.search_text(|t| t.title.combined_with(t.body.boost(boost)).matches("garlic"));
        assert_refused(query.await, "body", "from 1 to");
    }
    let twice = store.search_text(|t| t.body.combined_with(t.title).combined_with(t.body).matches("garlic"));
    assert_refused(twice.await, "body", "combined with itself");
    let differ = store.search_text(|t| t.title.combined_with(t.note).matches("garlic"));
    assert_refused(differ.await, "note", "`the Title` and `note`");
    assert_refused(
        store.search_text(|t| t.all().combined().matches("garlic")).await,
        "note",
        "`body` and `note`",
    );
    let words = store.search_text(|t| t.title.combined_with(t.body).matches("the of")).await.unwrap_err();
    assert!(words.message().contains("no indexed words"), "{words}");
}
