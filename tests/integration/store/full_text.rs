//! The results of full-text searches: words, phrases, fuzzy matches, and combined queries.

use datus_store::lancedb::index::Index;
use datus_store::lancedb::index::scalar::FtsIndexBuilder;
use datus_store::{Embedding, EmbeddingRecord, ErrorKind, Hit, Score, Store};

use super::memory;
use crate::support::models::Toy;

/// A recipe. [`Toy`] maps the body `"3 0 1 and so on"` to the point (3, 0, 1).
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "recipes")]
pub(crate) struct Recipe {
    #[datus(key)]
    pub(crate) id: i64,
    pub(crate) kind: String,
    #[datus(fts)]
    pub(crate) title: String,
    #[datus(embed(metric = l2), fts(with_position = true))]
    pub(crate) body: Option<String>,
}

pub(crate) fn recipe(id: i64, title: &str, body: &str) -> Recipe {
    let kind = if id % 2 == 0 { "even" } else { "odd" }.to_owned();
    Recipe { id, kind, title: title.to_owned(), body: Some(body.to_owned()) }
}

/// Returns a store with the recipes, in its own database, with both indexes.
pub(crate) async fn recipes_of(rows: &[Recipe]) -> Store<Recipe> {
    let store: Store<Recipe> = memory().await.store(Toy::new()).await.unwrap();
    store.add(rows).await.unwrap();
    index(&store).await;
    store
}

pub(crate) async fn index(store: &Store<Recipe>) {
    for column in ["title", "body"] {
        let index = FtsIndexBuilder::default().with_position(column == "body");
        store.as_lancedb().create_index(&[column], Index::FTS(index)).execute().await.unwrap();
    }
}

/// Returns the point (x, 0, 1) as a query vector, for queries whose words contain no numbers.
pub(crate) fn at(x: f32) -> Embedding {
    Embedding::of(Toy::ID, [x, 0.0, 1.0])
}

pub(crate) fn ids(hits: &[Hit<Recipe>]) -> Vec<i64> {
    hits.iter().map(|hit| hit.record.id).collect()
}

fn sorted(hits: &[Hit<Recipe>]) -> Vec<i64> {
    let mut ids = ids(hits);
    ids.sort_unstable();
    ids
}

async fn kitchen() -> Store<Recipe> {
    recipes_of(&[
        recipe(1, "Tomato soup", "0 0 1 roast the ripe tomatoes with garlic and blend"),
        recipe(2, "Tomato salad", "1 0 1 slice tomatoes and onions, add salt"),
        recipe(3, "Onion soup", "2 0 1 slice onions and brown them slowly in butter"),
        recipe(4, "Bread", "3 0 1 knead flour and water, let it rise"),
        recipe(5, "Garlic bread", "4 0 1 garlic butter on a baguette, toast it"),
        recipe(6, "C++ cake", "5 0 1 it says title:bread AND \"garlic\" OR (butter) NOT bread* ~2 ^3"),
    ])
    .await
}

#[tokio::test]
async fn words_are_found_in_all_columns_and_scored() {
    let store = kitchen().await;
    let hits = store.search("soup of tomatoes").full_text().await.unwrap();
    assert_eq!(ids(&hits)[0], 1);
    assert_eq!(sorted(&hits), [1, 2, 3]);
    assert!(hits.windows(2).all(|pair| pair[0].score.value() >= pair[1].score.value()));
    assert!(hits.iter().all(|hit| matches!(hit.score, Score::Bm25(score) if score > 0.0)), "{hits:?}");
    let same = store.search_text(|t| t.all().matches("soup of tomatoes")).await.unwrap();
    assert_eq!(same, hits);
}

#[tokio::test]
async fn columns_are_named_and_boosted() {
    let store = kitchen().await;
    let in_title = store.search("garlic").full_text().text_query(|t| t.title).await.unwrap();
    assert_eq!(ids(&in_title), [5]);
    let in_body = store.search_text(|t| t.body.matches("garlic")).await.unwrap();
    assert_eq!(sorted(&in_body), [1, 5, 6]);
    let title =
        |boost| store.search("bread").full_text().text_query(move |t| t.title.boost(boost).with(t.body));
    assert_eq!(ids(&title(50.0).await.unwrap())[0], 4);
    assert_eq!(ids(&title(0.001).await.unwrap())[0], 6);
    let score = |hits: &[Hit<Recipe>]| {
        hits.iter().find(|hit| hit.record.id == 4).map(|hit| hit.score.value()).unwrap()
    };
    let (once, twice) = (title(1.0).await.unwrap(), title(2.0).await.unwrap());
    assert!((score(&once) * 2.0 - score(&twice)).abs() < 1e-4, "{once:?} {twice:?}");
}

#[tokio::test]
async fn all_words_must_be_in_one_column() {
    let store = kitchen().await;
    let all = store.search_text(|t| t.body.matches_all("onions slice")).await.unwrap();
    assert_eq!(sorted(&all), [2, 3]);
    assert!(store.search_text(|t| t.all().matches_all("onions baguette")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_phrase_matches_consecutive_words() {
    let store = kitchen().await;
    let found = |words: &'static str| store.search_text(move |t| t.body.phrase(words));
    assert_eq!(ids(&found("slice tomatoes").await.unwrap()), [2]);
    assert_eq!(ids(&found("garlic butter").await.unwrap()), [5]);
    assert!(found("butter garlic").await.unwrap().is_empty());
    assert!(found("tomatoes onions").await.unwrap().is_empty());
    let near = store.search_text(|t| t.body.phrase_within("slowly butter", 2)).await.unwrap();
    assert_eq!(ids(&near), [3]);
}

#[tokio::test]
async fn a_phrase_in_a_column_without_positions_is_an_error() {
    let store = kitchen().await;
    let error = store.search_text(|t| t.title.phrase("tomato soup")).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("title")));
    assert!(error.help().unwrap().contains("with_position = true"), "{error}");
}

#[tokio::test]
async fn similar_spellings_are_found_on_request() {
    let store = kitchen().await;
    assert!(store.search_text(|t| t.title.matches("tomata")).await.unwrap().is_empty());
    assert_eq!(sorted(&store.search_text(|t| t.title.fuzzy("tomata", 1)).await.unwrap()), [1, 2]);
    assert!(store.search_text(|t| t.title.fuzzy("tamata", 1)).await.unwrap().is_empty());
    assert_eq!(sorted(&store.search_text(|t| t.title.fuzzy("tamata", 2)).await.unwrap()), [1, 2]);
    let prefix = datus_store::query::Fuzzy::new(2).with_prefix_length(2);
    assert!(store.search_text(|t| t.title.fuzzy("tamata", prefix)).await.unwrap().is_empty());
    let all = store.search_text(|t| t.title.fuzzy_all("tomata suop", 2)).await.unwrap();
    assert_eq!(ids(&all), [1]);
}

#[tokio::test]
async fn must_should_and_must_not_clauses_are_applied() {
    let store = kitchen().await;
    let both = store.search_text(|t| t.title.matches("soup").must(t.body.matches("onions"))).await.unwrap();
    assert_eq!(ids(&both), [3]);
    let not =
        store.search_text(|t| t.title.matches("soup").must_not(t.body.matches("onions"))).await.unwrap();
    assert_eq!(ids(&not), [1]);
    let either = store.search_text(|t| t.title.matches("salad").or(t.title.matches("cake"))).await.unwrap();
    assert_eq!(sorted(&either), [2, 6]);
    let alone = store.search_text(|t| t.title.matches("soup")).await.unwrap();
    let more = store.search_text(|t| t.title.matches("soup").should(t.body.matches("onions"))).await.unwrap();
    assert_eq!((sorted(&alone), ids(&more)), (vec![1, 3], vec![3, 1]));
    assert!(more[0].score.value() > alone[0].score.value());
    let nested = store
        .search_text(|t| {
            let bread = t.title.matches("bread").or(t.title.matches("soup")).or(t.title.matches("salad"));
            bread.must_not(t.body.phrase("slice onions")).must_not(t.body.matches("knead"))
        })
        .await
        .unwrap();
    assert_eq!(sorted(&nested), [1, 2, 5]);
}

#[tokio::test]
async fn a_demoted_row_comes_later_and_stays_in_the_result() {
    let store = kitchen().await;
    let found = |factor| {
        store.search_text(move |t| t.title.matches("soup").demote(t.body.matches("tomatoes"), factor))
    };
    assert_eq!(ids(&found(0.9).await.unwrap()), [3, 1]);
    assert_eq!(found(0.0).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_query_text_has_no_syntax() {
    let store = kitchen().await;
    for text in [
        "title:bread",
        "bread*",
        "bre*",
        "\"garlic butter\"",
        "NOT bread",
        "+bread -garlic",
        "bread~2",
        "bread^3",
        "(bread",
    ] {
        let hits = store.search(text).full_text().await.unwrap();
        let words: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
        let plain = store.search(words.as_str()).full_text().await.unwrap();
        assert_eq!(hits, plain, "{text}");
    }
    // Syntax characters are not an error if the text contains a word.
    for text in ["' OR 1=1 --", "{\"match\": 1}", "`body`", "[bread", "\\bread"] {
        store.search(text).full_text().await.unwrap();
    }
    for text in ["\"", "(((", "a AND", "\\", "*", "?", "~", "%"] {
        let error = store.search(text).full_text().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("no indexed words"), "{error}");
    }
    assert_eq!(ids(&store.search("not bread").full_text().text_query(|t| t.title).await.unwrap()).len(), 2);
}

#[tokio::test]
async fn a_blank_text_is_an_error() {
    let store = kitchen().await;
    for blank in ["", "  ", "\n\t"] {
        let error = store.search(blank).full_text().await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("search")));
        assert!(error.message().contains("blank"), "{error}");
        assert!(store.search_text(move |t| t.body.phrase(blank)).await.is_err());
        assert!(
            store.search_text(move |t| t.body.matches("x").must_not(t.body.matches(blank))).await.is_err()
        );
        assert!(store.search(blank).full_text().count().await.is_err());
    }
}

#[tokio::test]
async fn a_boost_is_finite_and_not_negative() {
    let store = kitchen().await;
    for boost in [-1.0, f32::NAN, f32::INFINITY] {
        let error = store.search_text(|t| t.title.boost(boost).matches("bread")).await.unwrap_err();
        assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("title")), "{boost}");
    }
    assert!(
        store.search_text(|t| t.title.matches("bread").demote(t.body.matches("it"), f32::NAN)).await.is_err()
    );
}

/// Fault 21, in part: by default, the engine drops tokens of 40 or more bytes.
#[tokio::test]
async fn tokens_of_forty_bytes_and_more_are_found() {
    #[derive(Debug, Clone, EmbeddingRecord)]
    struct Commit {
        #[datus(fts)]
        text: String,
    }
    let store: Store<Commit> = memory().await.store(()).await.unwrap();
    let texts = ["3f786850e387550fdab836ed7e6dc881de23001b", "東京都渋谷区の天気予報を確認する"];
    store.add(texts.map(|text| Commit { text: text.into() })).await.unwrap();
    store.create_indexes().await.unwrap();
    for text in texts {
        let hits = store.search_text(|t| t.text.matches(text)).await.unwrap();
        assert_eq!(hits.iter().map(|hit| hit.record.text.as_str()).collect::<Vec<_>>(), [text]);
    }
}
