//! Values are never read as syntax.

use datus_store::Store;

use crate::store::{Note, NoteFilter, note, notes};
use crate::support::models::Toy;

pub(super) const TEXTS: [&str; 30] = [
    "plain",
    "it's",
    "''",
    "'",
    "\"",
    "a\"b",
    "`tick`",
    "\\",
    "\\'",
    "\\\\'",
    "a\\b",
    "100%",
    "_",
    "a_b",
    "axb",
    "\\%",
    "line\nbreak",
    "tab\tand\r\n",
    "'; DROP TABLE notes; --",
    "' OR '1'='1",
    "') OR 1=1 --",
    "NULL",
    "/* comment */",
    "${1} $1 ? :name",
    "{braces}",
    "größe 🦀 漢字 \u{202e}rtl",
    "e\u{301}",
    "\u{0}zero",
    "  spaces  ",
    "",
];

async fn store() -> Store<Note> {
    let store = notes(Toy::new()).await;
    let row = |(id, topic): (i64, &&str)| datus_store::Embedded {
        record: Note { topic: (*topic).to_owned(), ..note(id, topic) },
        vectors: vec![Some(datus_store::Embedding::of(Toy::ID, [1.0, 0.0, 0.0]))],
    };
    store.add((0..).zip(&TEXTS).map(row)).await.unwrap();
    store
}

fn expected(keep: impl Fn(&str) -> bool) -> Vec<i64> {
    (0..).zip(TEXTS).filter(|(_, text)| keep(text)).map(|(id, _)| id).collect()
}

#[tokio::test]
async fn any_text_is_found_by_equality() {
    let store = store().await;
    for text in TEXTS {
        let wanted = expected(|other| other == text);
        let found = store.search_all().topic(text).select(|t| t.id).await.unwrap();
        assert_eq!(found, wanted, "{text:?}");
        let hits = store.search("1 0 0").topic(text).await.unwrap();
        assert_eq!(hits.iter().map(|hit| hit.record.id).collect::<Vec<_>>(), wanted, "{text:?}");
        let data = NoteFilter { topic: Some(text.into()), ..NoteFilter::default() };
        assert_eq!(store.search_all().matching(data).count().await.unwrap(), 1, "{text:?}");
        let others = store.search_all().filter(|t| t.topic.ne(text)).count().await.unwrap();
        assert_eq!(others, TEXTS.len() - 1, "{text:?}");
    }
}

#[tokio::test]
async fn any_text_is_found_in_a_list_of_values() {
    let store = store().await;
    let all = store.search_all().filter(|t| t.topic.is_in(TEXTS)).count().await.unwrap();
    assert_eq!(all, TEXTS.len());
    let some = [TEXTS[2], TEXTS[9], TEXTS[18], "not there"];
    let found = store.search_all().filter(|t| t.topic.is_in(some)).select(|t| t.id).order_by(|t| t.id.asc());
    assert_eq!(found.await.unwrap(), [2, 9, 18]);
    assert_eq!(store.search_all().filter(|t| t.topic.not_in(TEXTS)).count().await.unwrap(), 0);
}

#[tokio::test]
async fn text_operators_take_any_text_literally() {
    let store = store().await;
    for text in TEXTS {
        let ids = |filter: datus_store::Filter<Note>| {
            store.search_all().matching(filter).select(|t| t.id).order_by(|t| t.id.asc())
        };
        let t = <Note as datus_store::EmbeddingRecord>::columns();
        let contains = expected(|other| other.contains(text));
        assert_eq!(ids(t.topic.contains(text)).await.unwrap(), contains, "{text:?}");
        let starts = expected(|other| other.starts_with(text));
        assert_eq!(ids(t.topic.starts_with(text)).await.unwrap(), starts, "{text:?}");
        let ends = expected(|other| other.ends_with(text));
        assert_eq!(ids(t.topic.ends_with(text)).await.unwrap(), ends, "{text:?}");
        let less = expected(|other| other < text);
        assert_eq!(ids(t.topic.lt(text)).await.unwrap(), less, "{text:?}");
    }
}

#[tokio::test]
async fn any_text_is_deleted_and_nothing_else() {
    let store = store().await;
    for (left, text) in (0..TEXTS.len()).rev().zip(TEXTS) {
        assert_eq!(store.delete().filter(|t| t.topic.eq(text)).await.unwrap(), 1, "{text:?}");
        assert_eq!(store.count().await.unwrap(), left, "{text:?}");
    }
}

#[tokio::test]
async fn an_empty_list_of_values_keeps_no_row() {
    let store = store().await;
    let none = || Vec::<String>::new();
    assert_eq!(store.search_all().filter(|t| t.topic.is_in(none())).count().await.unwrap(), 0);
    assert_eq!(store.search_all().filter(|t| t.topic.not_in(none())).count().await.unwrap(), TEXTS.len());
    assert!(store.search("1 0 0").filter(|t| t.topic.is_in(none())).await.unwrap().is_empty());
}
