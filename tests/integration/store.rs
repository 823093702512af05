//! The store: opening, writing, reading, searching, and deleting.

mod add;
mod bounds;
mod bulk;
mod changed;
mod changes;
mod columns_of_hits;
mod combined;
mod complete;
mod concurrency;
mod connect;
mod counts;
mod damaged;
mod delete;
mod documents;
mod drift;
mod extra_columns;
mod f16;
mod flatten;
pub(crate) mod full_text;
mod fusion;
mod fuzzy;
mod get;
mod given_vectors;
mod group;
mod health;
mod highlights;
mod hits;
mod hybrid;
mod hybrid_pages;
mod indexes;
mod interleaved;
mod interrupted;
mod keys;
mod limit_per;
mod live_recall;
mod locations;
mod locks;
mod maintenance;
mod moved_texts;
mod multi;
mod named_tables;
mod namespaces;
mod no_model;
mod nulls;
mod object_store;
mod open;
mod optimize;
mod pages;
mod private;
mod processes;
mod python_functions;
mod receipts;
mod reembed;
mod repair;
mod reranked;
mod scopes;
mod scripts;
mod search;
mod search_all;
mod search_all_of;
mod search_ends;
mod select;
mod select_as;
mod select_columns;
mod serializability;
mod several_vectors;
mod similar;
mod stamps;
mod stop_words;
mod sync;
mod templates;
mod text_index;
mod text_ties;
mod through_s3;
mod tokenizers;
mod tool;
mod tracing;
#[cfg(target_os = "linux")]
mod unchanged;
mod update;
mod upsert;
mod verify_model;
mod version_hint;
mod versions;
mod view;
mod with;

use datus_store::{Database, EmbeddingRecord, Maintenance, Store};

use crate::support::models::Toy;

/// The row type of most tests. [`Toy`] maps the text `"1 2 3"` to the point (1, 2, 3).
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "notes")]
pub(crate) struct Note {
    #[datus(key)]
    pub(crate) id: i64,
    pub(crate) topic: String,
    pub(crate) rank: Option<i32>,
    #[datus(embed(metric = l2))]
    pub(crate) text: Option<String>,
}

pub(crate) fn note(id: i64, text: &str) -> Note {
    Note { id, topic: "none".to_owned(), rank: None, text: Some(text.to_owned()) }
}

/// Returns notes at the points (0, 0, 1), (1, 0, 1), … with two topics and a few ranks.
fn line(length: i64) -> Vec<Note> {
    let row = |id: i64| Note {
        id,
        topic: if id % 2 == 0 { "even" } else { "odd" }.to_owned(),
        rank: i32::try_from(id % 5).ok().filter(|rank| *rank != 4),
        text: Some(format!("{id} 0 1")),
    };
    (0..length).map(row).collect()
}

/// Returns an empty store of notes in its own database.
pub(crate) async fn notes(model: Toy) -> Store<Note> {
    memory().await.store(model).await.unwrap()
}

/// Returns a store with the notes, in its own database.
async fn notes_of(rows: &[Note]) -> Store<Note> {
    let store = notes(Toy::new()).await;
    store.add(rows).await.unwrap();
    store
}

pub(crate) async fn memory() -> Database {
    Database::connect("memory://").await.unwrap()
}

/// Returns a database without background maintenance, for tests of single commits.
async fn unmaintained() -> Database {
    Database::connect("memory://").maintenance(Maintenance::off()).without_small_writes().await.unwrap()
}

/// Returns the ids of notes.
fn ids<'a>(notes: impl IntoIterator<Item = &'a Note>) -> Vec<i64> {
    notes.into_iter().map(|note| note.id).collect()
}

/// Returns the ids of notes in ascending order.
fn sorted_ids<'a>(notes: impl IntoIterator<Item = &'a Note>) -> Vec<i64> {
    let mut ids = ids(notes);
    ids.sort_unstable();
    ids
}
