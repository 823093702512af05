//! Documents that are stored as chunks (fault 34).

use std::collections::HashMap;

use datus_store::{EmbeddingRecord, Store};

use super::memory;
use crate::support::models::Toy;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "by_hash", key(file, hash))]
struct ByHash {
    file: String,
    hash: String,
    position: u32,
    #[datus(embed(metric = l2))]
    text: String,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "by_hash_only", key(file, hash))]
struct ByHashOnly {
    file: String,
    hash: String,
    #[datus(embed(metric = l2))]
    text: String,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "by_position", key(file, position))]
struct ByPosition {
    file: String,
    position: u32,
    #[datus(embed(metric = l2))]
    text: String,
}

const FILE: &str = "a.md";

/// Returns the texts of a document. One text occurs twice.
fn paragraphs() -> Vec<String> {
    (0..49).map(|n| format!("{n} 1 0")).chain(["7 1 0".to_owned()]).collect()
}

/// Returns each text with its position and a hash. The hash of a text includes a number, so that identical texts have
/// distinct hashes.
fn hashed(texts: &[String]) -> impl Iterator<Item = (u32, String, String)> {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    (0..).zip(texts).map(move |(position, text)| {
        let repeated = seen.entry(text).or_default();
        *repeated += 1;
        (position, format!("{text}-{repeated}"), text.clone())
    })
}

/// Inserts a text at the start of the document, as the guide's table describes.
fn edited() -> Vec<String> {
    ["100 1 0".to_owned()].into_iter().chain(paragraphs()).collect()
}

#[tokio::test]
async fn chunks_with_a_hash_in_the_key_embed_only_the_new_text() {
    let store: Store<ByHash> = memory().await.store(Toy::new()).await.unwrap();
    let rows = |texts: &[String]| -> Vec<ByHash> {
        let row = |(position, hash, text)| ByHash { file: FILE.to_owned(), hash, position, text };
        hashed(texts).map(row).collect()
    };
    let first = store.sync(rows(&paragraphs())).within(|t| t.file.eq(FILE)).await.unwrap();
    // Identical texts in one write are embedded once.
    assert_eq!((first.inserted, first.embedded), (50, 49));
    let second = store.sync(rows(&edited())).within(|t| t.file.eq(FILE)).await.unwrap();
    assert_eq!((second.inserted, second.updated, second.deleted), (1, 50, 0));
    assert_eq!((second.embedded, second.reused), (1, 50));
    assert_eq!(store.search_all().order_by(|t| t.position.asc()).await.unwrap(), rows(&edited()));
}

#[tokio::test]
async fn chunks_without_a_position_are_not_written_again() {
    let store: Store<ByHashOnly> = memory().await.store(Toy::new()).await.unwrap();
    let rows = |texts: &[String]| -> Vec<ByHashOnly> {
        let row = |(_, hash, text)| ByHashOnly { file: FILE.to_owned(), hash, text };
        hashed(texts).map(row).collect()
    };
    store.sync(rows(&paragraphs())).within(|t| t.file.eq(FILE)).await.unwrap();
    let second = store.sync(rows(&edited())).within(|t| t.file.eq(FILE)).await.unwrap();
    assert_eq!((second.inserted, second.updated, second.unchanged), (1, 0, 50));
    assert_eq!((second.embedded, second.reused), (1, 0));
}

#[tokio::test]
async fn chunks_with_a_position_in_the_key_embed_only_the_new_text() {
    let store: Store<ByPosition> = memory().await.store(Toy::new()).await.unwrap();
    let rows = |texts: &[String]| -> Vec<ByPosition> {
        let row = |(position, _, text)| ByPosition { file: FILE.to_owned(), position, text };
        hashed(texts).map(row).collect()
    };
    store.sync(rows(&paragraphs())).within(|t| t.file.eq(FILE)).await.unwrap();
    let second = store.sync(rows(&edited())).within(|t| t.file.eq(FILE)).await.unwrap();
    assert_eq!((second.inserted, second.updated), (1, 50));
    // The text of every row has changed. The table already has 50 of the 51 texts, in rows with other keys.
    assert_eq!((second.embedded, second.reused), (1, 50));
    assert_eq!(store.search_all().order_by(|t| t.position.asc()).await.unwrap(), rows(&edited()));
    let verified = &store.verify_vectors(100).await.unwrap()[0];
    assert_eq!((verified.compared, verified.stale), (51, 0), "{verified:?}");
}
