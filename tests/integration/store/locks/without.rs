//! A folder whose file system does not support file locks, and a program that opts out of locks.

use std::path::Path;

use datus_store::{Database, ErrorKind, Store};
use futures::future::join_all;

use super::super::{Note, line, note, sorted_ids};
use super::events::Warnings;
use super::{hold, lock_file, open};
use crate::support::models::Toy;
use crate::support::process::{self, this_test};

async fn open_without(folder: &Path) -> Store<Note> {
    Database::connect(folder).without_locks().await.unwrap().store(Toy::new()).await.unwrap()
}

/// Fault 7: keys were duplicated on a file system without locks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_stay_unique_without_locks() {
    let folder = tempfile::tempdir().unwrap();
    // Without locks, one program creates a table.
    open_without(folder.path()).await;
    let connections = join_all((0..4).map(|_| open_without(folder.path()))).await;
    let writers = connections.into_iter().map(|store| {
        tokio::spawn(async move {
            for id in 0..6 {
                match store.upsert([note(id, "1 2 3")]).await {
                    Ok(_) => {}
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}"),
                }
            }
        })
    });
    join_all(writers).await.into_iter().for_each(|writer| writer.unwrap());
    let rows = open(folder.path()).await.search_all().await.unwrap();
    assert_eq!(sorted_ids(&rows), (0..6).collect::<Vec<_>>());
}

#[tokio::test]
async fn without_locks_no_write_waits_for_a_lock_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_without(folder.path()).await;
    assert!(!lock_file(folder.path()).exists());
    let held = hold(folder.path());
    store.add(line(5)).await.unwrap();
    assert_eq!(store.delete().filter(|t| t.id.lt(2)).await.unwrap(), 2);
    drop(held);
}

#[tokio::test]
async fn missing_locks_are_logged_once() {
    if process::argument().is_some() {
        return log_missing_locks().await;
    }
    let folder = tempfile::tempdir().unwrap();
    process::run(this_test!(), folder.path(), "").await;
}

async fn log_missing_locks() {
    let warnings = Warnings::of_this_process();
    let store = open_without(Path::new("data")).await;
    store.add(line(5)).await.unwrap();
    store.add([note(7, "1 2 3")]).await.unwrap();
    assert_eq!(warnings.with("does not lock files").len(), 1);
    open(Path::new("locked")).await.add(line(5)).await.unwrap();
    assert_eq!(warnings.with("does not lock files").len(), 1);
}
