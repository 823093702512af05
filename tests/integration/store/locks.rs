//! Table locks: waiting for them, their files, and drops, which take all of them.

mod dropping;
mod events;
#[cfg(unix)]
mod files;
mod waiting;
mod without;

use std::fs::File;
use std::path::{Path, PathBuf};

use datus_store::{Database, Store};

use super::{Note, line};
use crate::support::models::Toy;

async fn connect(folder: &Path) -> Database {
    Database::connect(folder).await.unwrap()
}

async fn open(folder: &Path) -> Store<Note> {
    connect(folder).await.store(Toy::new()).await.unwrap()
}

/// Creates a table of notes 0, 1, … in a folder.
async fn filled(folder: &Path, rows: i64) -> Store<Note> {
    let store = open(folder).await;
    store.add(line(rows)).await.unwrap();
    store
}

/// Returns the path of the write lock's file.
fn lock_file(folder: &Path) -> PathBuf {
    folder.join(".datus-write.notes.lock")
}

/// Holds the write lock as another process would, until the file is dropped.
fn hold(folder: &Path) -> File {
    let file = File::options().create(true).truncate(false).write(true).open(lock_file(folder)).unwrap();
    file.lock().unwrap();
    file
}
