//! Fuzzy searches, in rows that the index covers and in newer rows.

use datus_store::record::TextSearchable;
use datus_store::{EmbeddingRecord, Hit, Store};

use super::full_text::{Recipe, ids, recipe, recipes_of};
use super::memory;

fn sorted(hits: &[Hit<Recipe>]) -> Vec<i64> {
    let mut ids = ids(hits);
    ids.sort_unstable();
    ids
}

/// Returns a store with rows that the index covers, and newer ones.
async fn kitchen() -> Store<Recipe> {
    let store = recipes_of(&[
        recipe(1, "Tomato soup", "1 0 1 tomatoes with garlic"),
        recipe(2, "Onion soup", "2 0 1 onions in butter"),
    ])
    .await;
    store.add([recipe(3, "Saffron rice", "3 0 1 saffron and butter")]).await.unwrap();
    store.add([recipe(4, "Tomate frito", "4 0 1 tomato from Spain")]).await.unwrap();
    store
}

// fault 22
#[tokio::test]
async fn similar_spellings_are_found_in_rows_newer_than_the_index() {
    let store = kitchen().await;
    let title =
        |words: &'static str, distance: u32| store.search_text(move |t| t.title.fuzzy(words, distance));
    assert_eq!(sorted(&title("safron", 1).await.unwrap()), [3]);
    assert_eq!(sorted(&title("tomata", 1).await.unwrap()), [1, 4]);
    assert_eq!(sorted(&title("suop", 2).await.unwrap()), [1, 2]);
    assert!(title("zucchini", 1).await.unwrap().is_empty());
    assert_eq!(title("tomata", 1).count().await.unwrap(), 2);
    assert_eq!(title("tomata", 1).limit(1).count().await.unwrap(), 1);
    title("tomata", 1).explain().await.unwrap();
    let hits = title("tomata", 1).await.unwrap();
    assert!(hits.iter().all(|hit| hit.score.value() > 0.0), "{hits:?}");
    assert!(hits.windows(2).all(|pair| pair[0].score.value() >= pair[1].score.value()));
}

// fault 22
#[tokio::test]
async fn similar_spellings_in_newer_rows_respect_filters_pages_and_clauses() {
    let store = kitchen().await;
    let odd = store.search_text(|t| t.title.fuzzy("tomata", 1)).filter(|t| t.kind.eq("odd"));
    assert_eq!(ids(&odd.await.unwrap()), [1]);
    let even = store.search_text(|t| t.title.fuzzy("tomata", 1)).filter(|t| t.kind.eq("even"));
    assert_eq!(ids(&even.await.unwrap()), [4]);
    let mut pages = Vec::new();
    for offset in 0..3 {
        pages.extend(ids(&store
            .search_text(|t| t.title.fuzzy("tomata", 1))
            .limit(1)
            .offset(offset)
            .await
            .unwrap()));
    }
    pages.sort_unstable();
    assert_eq!(pages, [1, 4]);
    let all = store.search_text(|t| t.body.fuzzy_all("safron buter", 1)).await.unwrap();
    assert_eq!(ids(&all), [3]);
    let must =
        store.search_text(|t| t.title.fuzzy("safron", 1).must(t.body.matches("butter"))).await.unwrap();
    assert_eq!(ids(&must), [3]);
    let not =
        store.search_text(|t| t.body.matches("butter").must_not(t.title.fuzzy("safron", 1))).await.unwrap();
    assert_eq!(ids(&not), [2]);
    let columns = store.search_text(|t| t.all().fuzzy("tomata", 1)).await.unwrap();
    assert_eq!(sorted(&columns), [1, 4]);
    let both = store.search("1 0 1").hybrid().text_query(|t| t.title.fuzzy("safron", 1)).await.unwrap();
    assert!(both.iter().find(|hit| hit.record.id == 3).unwrap().explain().full_text.is_some());
}

// fault 22
#[tokio::test]
async fn changed_or_deleted_newer_rows_are_searched_in_their_current_state() {
    let store = kitchen().await;
    let found = || store.search_text(|t| t.title.fuzzy("safron", 1));
    assert_eq!(ids(&found().await.unwrap()), [3]);
    store.update().filter(|t| t.id.eq(1)).set(|t| t.title, "Saffron soup").await.unwrap();
    assert_eq!(sorted(&found().await.unwrap()), [1, 3]);
    store.delete().filter(|t| t.id.eq(3)).await.unwrap();
    assert_eq!(ids(&found().await.unwrap()), [1]);
    store.optimize().await.unwrap();
    assert_eq!(ids(&found().await.unwrap()), [1]);
}

#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "labels")]
struct Label {
    #[datus(key)]
    id: i64,
    #[datus(fts)]
    text: Option<String>,
}

/// The best of thousands of covered and newer rows are found, and pages contain each row once.
// fault 22
#[tokio::test]
async fn pages_of_many_covered_and_newer_rows_have_each_row_once() {
    let store: Store<Label> = memory().await.store(()).await.unwrap();
    let text =
        |id: i64| Some(["tomato", "tomate soup", "tomata tomato", "bread"][id as usize % 4].to_owned());
    store.add((0..600).map(|id| Label { id, text: text(id) })).await.unwrap();
    store.create_indexes().await.unwrap();
    store.add((600..1000).map(|id| Label { id, text: text(id) })).await.unwrap();
    store.add([Label { id: 5000, text: None }]).await.unwrap();
    let page = |limit, offset| {
        store.search_text(|t| t.text.fuzzy("tomatx", 1)).limit(limit).offset(offset).select(|t| t.id)
    };
    let whole: Vec<i64> = page(2000, 0).await.unwrap().iter().map(|hit| hit.record).collect();
    let mut paged = Vec::new();
    for offset in (0..1000).step_by(70) {
        paged.extend(page(70, offset).await.unwrap().iter().map(|hit| hit.record));
    }
    assert_eq!(paged, whole);
    let mut each = whole;
    each.sort_unstable();
    assert_eq!(each, (0..1000).filter(|id| id % 4 != 3).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_fuzzy_word_is_lowercased_if_the_index_is() {
    #[derive(Debug, Clone, EmbeddingRecord)]
    struct Ticket {
        #[datus(fts(stem = false))]
        text: String,
    }
    let store: Store<Ticket> = memory().await.store(()).await.unwrap();
    store.add([Ticket { text: "Invoice for May".into() }]).await.unwrap();
    store.create_indexes().await.unwrap();
    for word in ["invoise", "Invoise", "INVOISE"] {
        let hits = store.search_text(|t| t.text.fuzzy(word, 1)).await.unwrap();
        assert_eq!(hits.len(), 1, "{word}");
    }
}

/// Fault 13: a query within the documented bounds aborted the process if rows were newer than the index.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn queries_of_the_maximum_depth_run_over_newer_rows() {
    let store = recipes_of(&[recipe(1, "Soup", "1 0 1 tomato")]).await;
    store.create_indexes().await.unwrap();
    store.add([recipe(2, "Bread", "0 1 1 soup")]).await.unwrap();
    let t = Recipe::texts();
    let word = || t.title.matches("soup");
    let deep = [
        (0..5).fold(word(), |query, _| query.demote(word(), 0.5)),
        (0..5).fold(word(), |query, _| word().must(query)),
        (0..5).fold(word(), |query, _| word().must_not(t.body.matches("onion").must(query))),
        (0..2).fold(word(), |query, _| word().or(t.body.matches("tomato").must(query))),
    ];
    for query in deep {
        let store = store.clone();
        let found = tokio::spawn(async move { store.search_text(|_| query).await.map(|hits| hits.len()) });
        match found.await.unwrap() {
            Ok(hits) => assert!(hits > 0),
            Err(error) => assert_eq!(error.kind(), datus_store::ErrorKind::InvalidInput, "{error}"),
        }
    }
}
