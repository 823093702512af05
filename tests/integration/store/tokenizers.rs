//! The tokenizers of full-text search and their options, in rows that the index covers and in newer ones.

use datus_store::record::TextSearchable;
use datus_store::{EmbeddingRecord, ErrorKind, IndexAction, Store, TextQuery};

use super::memory;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "symbols")]
struct Symbol {
    #[datus(key)]
    id: i64,
    #[datus(fts(code, with_position = true))]
    name: String,
}

const SYMBOLS: [&str; 6] = [
    "struct HTTPServerError",
    "address2 of the customer",
    "SELECT customer_order_id FROM t",
    "an Order has orders",
    "fn parse2json(is_active: bool)",
    "nothing else",
];

fn symbols() -> impl Iterator<Item = Symbol> {
    (0..).zip(SYMBOLS).map(|(id, name)| Symbol { id, name: name.to_owned() })
}

/// Returns a store whose index covers the symbols, and one in which the symbols are newer than the index.
async fn indexed_and_newer() -> [Store<Symbol>; 2] {
    let indexed: Store<Symbol> = memory().await.store(()).await.unwrap();
    indexed.add(symbols()).await.unwrap();
    indexed.create_indexes().await.unwrap();
    let newer: Store<Symbol> = memory().await.store(()).await.unwrap();
    newer.add([Symbol { id: 100, name: "something unrelated".to_owned() }]).await.unwrap();
    newer.create_indexes().await.unwrap();
    newer.add(symbols()).await.unwrap();
    [indexed, newer]
}

async fn found(store: &Store<Symbol>, query: TextQuery<Symbol>) -> Vec<i64> {
    let hits = store.search_text(|_| query).select(|t| t.id).await.unwrap();
    hits.into_iter().map(|hit| hit.record).collect()
}

async fn sorted(store: &Store<Symbol>, query: TextQuery<Symbol>) -> Vec<i64> {
    let mut ids = found(store, query).await;
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn identifiers_are_found_by_their_parts_and_by_themselves() {
    let name = Symbol::texts().name;
    for store in indexed_and_newer().await {
        for (words, ids) in [
            ("server", &[0][..]),
            ("http", &[0]),
            ("errors", &[0]),
            ("HTTPServerError", &[0]),
            ("httpservererror", &[0]),
            ("address", &[1]),
            // The parts of `address2` are a word and a number.
            ("address2", &[1, 4]),
            ("order", &[2, 3]),
            ("json", &[4]),
            ("active", &[4]),
            ("customer", &[1, 2]),
        ] {
            assert_eq!(sorted(&store, name.matches(words)).await, ids, "{words}");
        }
        // The whole identifier scores in addition to its parts.
        assert_eq!(found(&store, name.matches("customer_order_id")).await[0], 2);
        assert_eq!(found(&store, name.matches("address2")).await[0], 1);
        assert_eq!(found(&store, name.matches_all("customer_order_id")).await, [2]);
        assert_eq!(found(&store, name.matches_all("customer order id")).await, [2]);
        let error = store.search_text(|t| t.name.matches("the")).await.unwrap_err();
        assert!(error.message().contains("no indexed words"), "{error}");
    }
}

#[tokio::test]
async fn phrases_misspellings_and_exclusions_see_the_parts_of_identifiers() {
    let name = Symbol::texts().name;
    for store in indexed_and_newer().await {
        assert_eq!(found(&store, name.phrase("server error")).await, [0]);
        assert_eq!(found(&store, name.phrase("HTTPServerError")).await, [0]);
        assert!(found(&store, name.phrase("error server")).await.is_empty());
        assert_eq!(found(&store, name.fuzzy("servr", 1)).await, [0]);
        assert_eq!(sorted(&store, name.fuzzy("ordr", 1)).await, [2, 3]);
        let orders = name.matches("order").must_not(name.matches("customer"));
        assert_eq!(sorted(&store, name.matches("server").or(orders)).await, [0, 3]);
    }
}

/// Defines records of one table. The index is built, kept for the same struct, and rebuilt for a struct with other options.
macro_rules! records_of_one_table {
    ($($record:ident($($options:tt)*)),* $(,)?) => {
        $(
            #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
            #[datus(table = "texts")]
            struct $record {
                #[datus(fts($($options)*))]
                text: String,
            }
        )*

        #[tokio::test]
        async fn an_index_with_other_options_is_rebuilt_once() {
            let db = memory().await;
            let mut actions = Vec::new();
            $(
                let store: Store<$record> = db.store(()).await.unwrap();
                let report = store.create_indexes().await.unwrap();
                actions.push(report.indexes[0].action);
                let again = store.create_indexes().await.unwrap();
                assert_eq!(again.indexes[0].action, IndexAction::Kept, "{again}");
            )*
            assert_eq!(actions.remove(0), IndexAction::Built);
            assert!(actions.iter().all(|action| *action == IndexAction::Rebuilt), "{actions:?}");
        }
    };
}

records_of_one_table! {
    Plain(),
    OwnStopWords(stop_words("tables", "Column")),
    OtherStopWords(stop_words("tables", "row")),
    Code(code),
    CodeKeptWhole(tokenizer = "code"),
    CodeWithoutWholes(code, preserve_original = false),
    CodeWithNumbers(code, split_on_numerics = false),
    CodeWithOperators(code, index_operators = true),
    CodeWithStopWords(code, stop_words("order_id")),
    Ngrams(tokenizer = "ngram"),
    LongNgrams(tokenizer = "ngram", ngram_max_length = 4),
    AsYouType(tokenizer = "ngram", ngram_min_length = 1, ngram_max_length = 20, prefix_only = true),
}

/// The texts of the rows that a query finds, in alphabetical order.
macro_rules! matched {
    ($store:expr, $query:expr) => {{
        let hits = $store.search_text($query).await.unwrap();
        let mut texts: Vec<String> = hits.into_iter().map(|hit| hit.record.text).collect();
        texts.sort_unstable();
        texts
    }};
}

#[tokio::test]
async fn a_text_is_found_while_it_is_typed() {
    let text = |text: &str| AsYouType { text: text.to_owned() };
    let store: Store<AsYouType> = memory().await.store(()).await.unwrap();
    store.add(["Tomato soup", "Tomato salad", "Onion soup"].map(text)).await.unwrap();
    store.create_indexes().await.unwrap();
    store.add([text("Tomate frito")]).await.unwrap();
    for (typed, first) in [
        ("t", &["Tomate frito", "Tomato salad", "Tomato soup"][..]),
        ("TOMAT", &["Tomate frito", "Tomato salad", "Tomato soup"]),
        ("tomato ", &["Tomato salad", "Tomato soup"]),
        ("tomato so", &["Tomato soup"]),
        ("on", &["Onion soup"]),
        // Prefixes start at the first letter of the text, not of each word.
        ("soup", &[]),
    ] {
        let hits = store.search_text(|t| t.text.matches(typed)).await.unwrap();
        let mut found: Vec<&str> =
            hits.iter().take(first.len()).map(|hit| hit.record.text.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, first, "{typed}");
        assert!(!first.is_empty() || hits.is_empty(), "{typed}: {hits:?}");
    }
}

#[tokio::test]
async fn runs_of_characters_are_not_stemmed_and_not_left_out_as_stop_words() {
    let store: Store<Ngrams> = memory().await.store(()).await.unwrap();
    let text = |text: &str| Ngrams { text: text.to_owned() };
    store.add([text("theatre"), text("running"), text("全文検索"), text("nothing")]).await.unwrap();
    store.create_indexes().await.unwrap();
    for (part, texts) in [("the", &["theatre"][..]), ("unn", &["running"]), ("文検索", &["全文検索"])]
    {
        assert_eq!(matched!(store, |t| t.text.matches(part)), texts, "{part}");
    }
}

#[tokio::test]
async fn own_stop_words_take_the_place_of_those_of_the_language() {
    let store: Store<OwnStopWords> = memory().await.store(()).await.unwrap();
    let text = |text: &str| OwnStopWords { text: text.to_owned() };
    store.add([text("the table of orders"), text("columns")]).await.unwrap();
    store.create_indexes().await.unwrap();
    store.add([text("the tables of customers")]).await.unwrap();
    let found = matched!(store, |t| t.text.matches("the"));
    assert_eq!(found, ["the table of orders", "the tables of customers"]);
    // All forms of a stop word are removed, both in queries and in texts.
    for words in ["tables", "table", "column", "Columns", "TABLE columns"] {
        let error = store.search_text(|t| t.text.matches(words)).await.unwrap_err();
        assert!(error.message().contains("no indexed words"), "{words}: {error}");
    }
    let found = matched!(store, |t| t.text.matches("table of customers"));
    assert_eq!(found, ["the table of orders", "the tables of customers"]);
    let found = matched!(store, |t| t.text.matches_all("tables customers"));
    assert_eq!(found, ["the tables of customers"]);
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "texts")]
struct NotOneWord {
    #[datus(fts(tokenizer = "icu", stop_words("New-York")))]
    text: String,
}

#[tokio::test]
async fn a_stop_word_of_several_words_is_an_error_that_names_it() {
    let store: Store<NotOneWord> = memory().await.store(()).await.unwrap();
    let error = store.create_indexes().await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("text")));
    assert!(error.message().contains("`New-York`"), "{error}");
}
