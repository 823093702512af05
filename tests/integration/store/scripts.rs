//! Full-text search in scripts that are written without spaces.

use datus_store::{Advice, EmbeddingRecord, Store};

use super::memory;
use super::tracing::Capture;

/// Defines records that differ only in the options of their text, with a function for each that counts the rows that a query
/// finds.
macro_rules! records {
    ($($record:ident $found:ident ($($options:tt)*)),* $(,)?) => {
        $(
            #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
            #[datus(table = "texts")]
            struct $record {
                #[datus(fts($($options)*))]
                text: String,
            }

            async fn $found(query: &str) -> usize {
                let store: Store<$record> = memory().await.store(()).await.unwrap();
                store.add(TEXTS.map(|text| $record { text: text.to_owned() })).await.unwrap();
                store.create_indexes().await.unwrap();
                store.add(TEXTS.map(|text| $record { text: text.to_owned() })).await.unwrap();
                store.search_text(|t| t.text.matches(query)).count().await.unwrap()
            }
        )*
    };
}

const TEXTS: [&str; 4] = [
    "数据库中的订单表",
    "データベースの注文を保存する",
    "데이터베이스를 저장한다",
    "the order_id of a table",
];

records! {
    Simple simple(),
    Icu icu(tokenizer = "icu"),
    IcuSplit icu_split(tokenizer = "icu/split"),
    Bigrams bigrams(tokenizer = "ngram", ngram_min_length = 2, ngram_max_length = 2),
}

/// Tests the table in the guide.
#[tokio::test]
async fn words_are_found_where_the_guide_says() {
    // Each text occurs twice: in a row that the index covers, and in a newer row.
    for (query, expected) in [
        ("订单", [0, 2, 2, 2]),
        ("数据库", [0, 2, 2, 2]),
        ("注文", [0, 2, 2, 2]),
        ("データベース", [0, 2, 2, 2]),
        ("데이터베이스", [0, 0, 0, 2]),
        ("데이터베이스를", [2, 2, 2, 2]),
        // Most of its letter pairs occur in `order_id`.
        ("orders", [2, 0, 2, 2]),
        ("order_id", [2, 2, 2, 2]),
    ] {
        let found = [simple(query).await, icu(query).await, icu_split(query).await, bigrams(query).await];
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn a_tokenizer_that_does_not_split_most_texts_is_advised_against() {
    let db = memory().await;
    let store: Store<Simple> = db.store(()).await.unwrap();
    let text = |text: &str| Simple { text: text.to_owned() };
    let asks_to_change = |health: &datus_store::Health| {
        let changes = health.advice.iter().filter(|advice| matches!(advice, Advice::ChangeTokenizer { .. }));
        changes.count() > 0
    };
    store.add([text("orders"), text("customers")]).await.unwrap();
    store.create_indexes().await.unwrap();
    assert!(!asks_to_change(&store.health().await.unwrap()));
    store.add((0..200).map(|number| text(&format!("数据库中的订单表 {number}")))).await.unwrap();
    let health = store.health().await.unwrap();
    assert!(asks_to_change(&health), "{health}");
    assert!(health.to_string().contains("text, whose texts are mostly Chinese or Japanese"), "{health}");
    let split: Store<Icu> = db.store(()).await.unwrap();
    split.create_indexes().await.unwrap();
    assert!(!asks_to_change(&split.health().await.unwrap()));
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "unsplit_texts")]
struct Unsplit {
    #[datus(fts)]
    english: String,
    #[datus(fts(code))]
    thai: Option<String>,
}

#[tokio::test]
async fn an_index_that_does_not_split_most_texts_is_warned_of_once() {
    let capture = Capture::of_this_process();
    let store: Store<Unsplit> = memory().await.store(()).await.unwrap();
    store.create_indexes().await.unwrap();
    let warnings = || {
        let mut events = capture.events("unsplit_texts");
        events.retain(|(_, message)| message.contains("a script without spaces"));
        events.into_iter().map(|(column, _)| column).collect::<Vec<_>>()
    };
    assert!(warnings().is_empty());
    let thai = |thai: Option<&str>| Unsplit { english: "a table".to_owned(), thai: thai.map(str::to_owned) };
    store.add([thai(Some("ตารางคำสั่งซื้อ")), thai(None), thai(None)]).await.unwrap();
    store.create_indexes().rebuild().await.unwrap();
    assert_eq!(warnings(), ["thai"]);
    store.create_indexes().await.unwrap();
    assert_eq!(warnings().len(), 1, "an index that is kept causes no warning");
}
