use datus_store::lancedb::index::Index;
use datus_store::{Database, EmbeddingRecord, ErrorKind, IndexAction, Store};

use super::super::memory;
use super::actions;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "books")]
struct Book {
    #[datus(key)]
    id: u64,
    #[datus(index = bitmap)]
    shelf: String,
    #[datus(index)]
    pages: Option<u32>,
    #[datus(index = label_list)]
    tags: Vec<String>,
    #[datus(index = ngram, rename = "Short Title")]
    title: String,
    #[datus(index = fm)]
    path: String,
    #[datus(index = zone_map)]
    price: f64,
    #[datus(index = bloom)]
    isbn: String,
    #[datus(fts(language = "German", stem = false, with_position = true), index = btree)]
    text: String,
}

fn book(id: u64) -> Book {
    Book {
        id,
        shelf: format!("shelf {}", id % 3),
        pages: (!id.is_multiple_of(4)).then_some(id as u32 % 50),
        tags: vec![format!("tag {}", id % 5)],
        title: format!("The story of {id}"),
        path: format!("/books/{id}.txt"),
        price: id as f64 / 4.0,
        isbn: format!("isbn {id}"),
        text: format!("Es war einmal ein Buch {id}"),
    }
}

const KINDS: [(&str, &str); 9] = [
    ("shelf", "bitmap"),
    ("pages", "btree"),
    ("tags", "label_list"),
    ("Short Title", "ngram"),
    ("path", "fm"),
    ("price", "zone_map"),
    ("isbn", "bloom"),
    ("text", "btree"),
    ("text", "fts"),
];

fn all(action: IndexAction) -> Vec<(&'static str, &'static str, IndexAction)> {
    let declared = KINDS.into_iter().map(|(column, kind)| (column, kind, action));
    declared.chain([("id", "btree", IndexAction::NotNeeded)]).collect()
}

#[tokio::test]
async fn declared_indexes_are_built_once_and_then_kept() {
    let store: Store<Book> = memory().await.store(()).await.unwrap();
    store.add((0..200).map(book)).await.unwrap();
    let report = store.create_indexes().await.unwrap();
    assert_eq!(actions(&report), all(IndexAction::Built), "{report}");
    assert_eq!(report.rows, 200);
    let version = store.version().await.unwrap();

    let again = store.create_indexes().await.unwrap();
    assert_eq!(actions(&again), all(IndexAction::Kept), "{again}");
    assert!(again.is_unchanged());
    assert_eq!(store.version().await.unwrap(), version, "nothing was committed");

    let found = store.search_all().filter(|t| t.tags.contains("tag 3").and(t.title.contains("story"))).await;
    assert_eq!(found.unwrap().len(), 40);
    let found = store.search_all().shelf("shelf 1").filter(|t| t.price.lt(10.0)).count().await;
    assert_eq!(found.unwrap(), 13);
}

#[tokio::test]
async fn indexes_of_an_empty_table_are_built_and_take_rows_later() {
    let store: Store<Book> = memory().await.store(()).await.unwrap();
    let report = store.create_indexes().await.unwrap();
    assert_eq!(actions(&report), all(IndexAction::Built), "{report}");
    store.add((0..30).map(book)).await.unwrap();
    assert_eq!(store.search_all().shelf("shelf 2").count().await.unwrap(), 10);
    assert_eq!(store.search_all().isbn("isbn 7").await.unwrap(), [book(7)]);
    assert!(store.create_indexes().await.unwrap().is_unchanged());
}

mod other_options {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "pages")]
    pub(super) struct Before {
        #[datus(fts, index = bitmap)]
        pub(super) text: String,
    }

    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "pages")]
    pub(super) struct After {
        #[datus(fts(language = "Danish", max_token_length = 12), index = bitmap)]
        pub(super) text: String,
    }
}

#[tokio::test]
async fn an_index_with_other_options_is_rebuilt_and_others_are_kept() {
    use other_options::{After, Before};
    let db = memory().await;
    let before: Store<Before> = db.store(()).await.unwrap();
    before.add([Before { text: "Der var engang".to_owned() }]).await.unwrap();
    before.create_indexes().await.unwrap();

    let after: Store<After> = db.store(()).await.unwrap();
    let report = after.create_indexes().await.unwrap();
    let expected = [("text", "bitmap", IndexAction::Kept), ("text", "fts", IndexAction::Rebuilt)];
    assert_eq!(actions(&report), expected, "{report}");
    assert!(report.indexes[1].why.contains("language=Danish"), "{report}");
    assert!(after.create_indexes().await.unwrap().is_unchanged());
    assert_eq!(after.as_lancedb().list_indices().await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_index_built_by_hand_counts_as_declared_if_it_matches() {
    let store: Store<Book> = memory().await.store(()).await.unwrap();
    store.add((0..20).map(book)).await.unwrap();
    let by_hand = Index::Bitmap(Default::default());
    store.as_lancedb().create_index(&["shelf"], by_hand).name("mine".to_owned()).execute().await.unwrap();
    let other = Index::BTree(Default::default());
    store.as_lancedb().create_index(&["isbn"], other).name("other".to_owned()).execute().await.unwrap();
    let report = store.create_indexes().await.unwrap();
    let entry = report.of("shelf").next().unwrap();
    assert_eq!((entry.action, entry.name.as_deref()), (IndexAction::Kept, Some("mine")));
    let isbn: Vec<_> = report.of("isbn").map(|entry| (entry.kind.as_str(), entry.action)).collect();
    assert_eq!(isbn, [("bloom", IndexAction::Built), ("btree", IndexAction::Kept)], "{report}");
}

/// The compiler checks the index kind of every field whose type is not generic.
#[derive(EmbeddingRecord)]
#[datus(table = "blobs")]
struct Blob<B> {
    #[datus(index = bitmap)]
    kind: String,
    #[datus(index = btree)]
    bytes: B,
}

#[tokio::test]
async fn a_kind_that_does_not_fit_its_column_is_an_error_with_the_kinds_that_fit() {
    let store: Store<Blob<Vec<u8>>> = memory().await.store(()).await.unwrap();
    let error = store.create_indexes().await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("bytes")));
    let message = error.to_string();
    assert!(message.starts_with("create_indexes, table `blobs`, column `bytes`: "), "{message}");
    assert!(
        message.contains("`index = btree` does not fit") && message.contains("`index = bitmap`"),
        "{message}"
    );
    assert!(
        store.as_lancedb().list_indices().await.unwrap().is_empty(),
        "nothing is built before all is known to fit"
    );
}

#[tokio::test]
async fn a_key_gets_an_index_from_the_number_of_rows_of_the_connection_on() {
    let db = Database::connect("memory://").key_index_from(50).await.unwrap();
    let store: Store<Book> = db.store(()).await.unwrap();
    store.add((0..40).map(book)).await.unwrap();
    let report = store.create_indexes().await.unwrap();
    let key = report.of("id").next().unwrap();
    assert_eq!(key.action, IndexAction::NotNeeded);
    assert!(key.why.contains("50 rows"), "{report}");
    store.add((40..60).map(book)).await.unwrap();
    let report = store.create_indexes().await.unwrap();
    assert_eq!(report.of("id").next().unwrap().action, IndexAction::Built, "{report}");
}
