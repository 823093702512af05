//! Writers in separate processes, and writes that are interrupted: killed, dropped, or out of disk space.

mod dropped;
mod full_disk;
mod groups;
mod job;
mod killed;
#[cfg(unix)]
mod newest;
mod writers;

use std::path::Path;

use datus_store::{Database, Store};

use super::Note;
use crate::support::models::{Toy, vector};

/// Opens the notes of the database in the subfolder `data`.
async fn open(folder: &Path) -> Store<Note> {
    let db = Database::connect(folder.join("data")).await.unwrap();
    db.store(Toy::new()).await.unwrap()
}

/// Returns the rows in ascending order of id, and asserts that each has the vector of its text.
async fn rows(store: &Store<Note>) -> Vec<Note> {
    let rows = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    let check = |row: &datus_store::Embedded<Note>| {
        let text = row.record.text.as_deref();
        assert_eq!(row.vector(), text.map(vector).as_deref(), "the vector of {:?}", row.record);
    };
    rows.iter().for_each(check);
    rows.into_iter().map(|row| row.record).collect()
}
