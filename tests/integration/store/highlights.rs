//! The parts of texts that match a full-text query.

use datus_store::rerank::Rrf;
use datus_store::{EmbeddingRecord, ErrorKind, Hit, Store};

use super::full_text::{Recipe, at, recipe, recipes_of};
use super::memory;

async fn kitchen() -> Store<Recipe> {
    recipes_of(&[
        recipe(1, "Tomato soup", "0 0 1 roast the ripe tomatoes with garlic and blend"),
        recipe(2, "Tomato salad", "1 0 1 slice tomatoes and onions, add salt"),
        recipe(3, "Onion soup", "2 0 1 slice onions and brown them slowly in butter"),
    ])
    .await
}

/// Returns the highlights of a hit: the name of each column and its marked text.
fn marked<T>(hit: &Hit<T>) -> Vec<(&str, String)> {
    let highlights = hit.highlights().iter();
    highlights.map(|highlight| (highlight.column.as_str(), highlight.marked("<", ">"))).collect()
}

#[tokio::test]
async fn each_searched_column_with_a_match_has_a_highlight() {
    let store = kitchen().await;
    let hits = store.search("tomato soups").full_text().highlight(100).await.unwrap();
    let of = |id: i64| marked(hits.iter().find(|hit| hit.record.id == id).unwrap());
    let body = "0 0 1 roast the ripe <tomatoes> with garlic and blend";
    assert_eq!(of(1), [("body", body.to_owned()), ("title", "<Tomato> <soup>".to_owned())]);
    assert_eq!(of(3), [("title", "Onion <soup>".to_owned())]);
    // A column that is not searched has no highlights.
    let hits = store.search_text(|t| t.title.matches("tomato")).highlight(100).await.unwrap();
    assert_eq!(marked(&hits[0]).iter().map(|(column, _)| *column).collect::<Vec<_>>(), ["title"]);
    // Without `highlight`, the hits are the same but have no highlights.
    let plain = store.search("tomato soups").full_text().await.unwrap();
    assert!(plain.iter().all(|hit| hit.highlights().is_empty()));
    let ids = |hits: &[Hit<Recipe>]| {
        hits.iter().map(|hit| (hit.record.clone(), hit.score.clone())).collect::<Vec<_>>()
    };
    assert_eq!(ids(&store.search("tomato soups").full_text().highlight(9).await.unwrap()), ids(&plain));
}

#[tokio::test]
async fn texts_are_read_even_if_other_columns_are_selected() {
    let store = kitchen().await;
    let hits = store.search_text(|t| t.body.matches("garlic")).highlight(20).select(|t| t.id).await.unwrap();
    assert_eq!((hits.len(), hits[0].record), (1, 1));
    let highlight = &hits[0].highlights()[0];
    assert_eq!(highlight.marked("<", ">"), "with <garlic> and");
    let body = "0 0 1 roast the ripe tomatoes with garlic and blend";
    assert_eq!(&body[highlight.start..][..highlight.text.len()], highlight.text);
    assert!(highlight.continues);
    let batches = store.search_text(|t| t.body.matches("garlic")).highlight(20).select(|t| t.id).arrow();
    let schema = batches.await.unwrap()[0].schema();
    let names: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
    assert_eq!(names, ["id", "_score", "_highlights"]);
}

#[tokio::test]
async fn clauses_phrases_and_spellings_are_highlighted_as_they_are_found() {
    let store = kitchen().await;
    let body = async |query| {
        let hits = store.search_text(|_| query).highlight(200).await.unwrap();
        let highlights = hits.iter().flat_map(|hit| hit.highlights());
        let body = highlights.filter(|highlight| highlight.column == "body");
        let mut shown: Vec<String> = body.map(|highlight| highlight.marked("<", ">")).collect();
        shown.sort();
        shown
    };
    let t = <Recipe as datus_store::record::TextSearchable>::texts();
    let phrase = body(t.body.phrase("slice onions")).await;
    assert_eq!(phrase, ["2 0 1 <slice> <onions> and brown them slowly in butter"]);
    let loose = body(t.body.phrase_within("slice onions", 2)).await;
    assert_eq!(loose[0], "1 0 1 <slice> tomatoes and <onions>, add salt");
    let excluded = body(t.body.matches("slice salt").must_not(t.body.matches("butter"))).await;
    assert_eq!(excluded, ["1 0 1 <slice> tomatoes and onions, add <salt>"]);
    let fuzzy = body(t.body.fuzzy("garlik", 1)).await;
    assert_eq!(fuzzy, ["0 0 1 roast the ripe tomatoes with <garlic> and blend"]);
    let combined = body(t.title.combined_with(t.body).matches_all("soup garlic")).await;
    assert_eq!(combined, ["0 0 1 roast the ripe tomatoes with <garlic> and blend"]);
}

#[tokio::test]
async fn hybrid_and_reranked_searches_highlight_the_rows_of_the_page() {
    let store = kitchen().await;
    // Both rows are newer than the index, and one has no text.
    store.add([recipe(4, "Tomato bread", "9 0 1 toast")]).await.unwrap();
    store.add([Recipe { body: None, ..recipe(5, "Tomato juice", "") }]).await.unwrap();
    let hits = store.search(("tomatoes", at(2.0))).hybrid().highlight(60).limit(5).await.unwrap();
    let titles: Vec<(i64, bool)> = hits
        .iter()
        .map(|hit| (hit.record.id, marked(hit).iter().any(|(column, _)| *column == "title")))
        .collect();
    let mut sorted = titles.clone();
    sorted.sort_unstable();
    // The vector search found row 3, which contains no word of the query.
    assert_eq!(sorted, [(1, true), (2, true), (3, false), (4, true), (5, true)]);
    let all = store.search(("tomatoes", at(2.0))).hybrid().rerank(Rrf::default()).highlight(60);
    let mut pages = Vec::new();
    for offset in 0..5 {
        pages.extend(all_of(&store, offset).await);
    }
    assert_eq!(pages, all.limit(5).await.unwrap().iter().map(marked_owned).collect::<Vec<_>>());
}

async fn all_of(store: &Store<Recipe>, offset: usize) -> Vec<Vec<(String, String)>> {
    let search = store.search(("tomatoes", at(2.0))).hybrid().rerank(Rrf::default());
    let hits = search.candidates(50).highlight(60).limit(1).offset(offset).await.unwrap();
    hits.iter().map(marked_owned).collect()
}

fn marked_owned(hit: &Hit<Recipe>) -> Vec<(String, String)> {
    marked(hit).into_iter().map(|(column, text)| (column.to_owned(), text)).collect()
}

/// One column for each kind of tokenizer.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "samples")]
struct Sample {
    #[datus(key)]
    id: i64,
    #[datus(fts(code))]
    code: String,
    #[datus(fts(tokenizer = "ngram"))]
    parts: String,
    #[datus(fts(tokenizer = "icu"))]
    world: String,
    #[datus(fts(language = "German"))]
    german: Option<String>,
}

#[tokio::test]
async fn every_tokenizer_gives_its_own_ranges() {
    let store: Store<Sample> = memory().await.store(()).await.unwrap();
    let row = |id, code: &str, parts: &str, world: &str, german: Option<&str>| Sample {
        id,
        code: code.to_owned(),
        parts: parts.to_owned(),
        world: world.to_owned(),
        german: german.map(str::to_owned),
    };
    let code = "SELECT customerOrderId FROM http_server_error";
    store
        .add([
            row(1, code, "unbelievable", "東京都の天気", Some("Die Häuser größerer Städte")),
            row(2, "x", "y", "z", None),
        ])
        .await
        .unwrap();
    store.create_indexes().await.unwrap();
    let texts = <Sample as datus_store::record::TextSearchable>::texts();
    for (query, column, expected) in [
        (texts.code.matches("order"), "code", "SELECT customer<Order>Id FROM http_server_error"),
        (texts.code.matches("ServerError"), "code", "SELECT customerOrderId FROM http_<server>_<error>"),
        (texts.code.matches("http_server_error"), "code", "SELECT customerOrderId FROM <http_server_error>"),
        (texts.parts.matches("believ"), "parts", "un<believ>able"),
        (texts.world.matches("天気"), "world", "東京都の<天気>"),
        // Words are stemmed, and the stop word is not marked.
        (texts.german.matches("die haus stadt"), "german", "Die <Häuser> größerer <Städte>"),
    ] {
        let hits = store.search_text(|_| query.clone()).highlight(100).select(|t| t.id).await.unwrap();
        assert_eq!(hits.len(), 1, "{query:?}");
        assert_eq!(marked(&hits[0]), [(column, expected.to_owned())], "{query:?}");
    }
}

#[tokio::test]
async fn a_highlight_needs_a_length() {
    let store = kitchen().await;
    let error = store.search("tomato").full_text().highlight(0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.message(), "a highlight of 0 characters has no text");
    let whole = store.search("tomato").full_text().highlight(usize::MAX).await.unwrap();
    assert!(whole.iter().all(|hit| !hit.highlights().is_empty()));
}
