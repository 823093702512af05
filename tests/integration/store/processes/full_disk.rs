//! A disk that becomes full during a write.

use std::path::Path;

use datus_store::{Error, ErrorKind, Store};

use super::super::Note;
use super::open;
use crate::support::process::{self, this_test};

/// The number of rows that are written. They take more than a megabyte.
const ROWS: i64 = 20_000;

/// Returns rows that do not compress.
fn rows(from: i64, to: i64) -> impl Iterator<Item = Note> + Send {
    (from..to).map(|id| {
        let mut random = fastrand::Rng::with_seed(u64::try_from(id).unwrap());
        let text = format!("{} {} {}", random.f32(), random.f32(), random.f32());
        Note { id, topic: text.clone(), rank: Some(random.i32(..)), text: Some(text) }
    })
}

/// Fills the disk. Runs in its own process, whose folder holds the database.
async fn fill(store: &Store<Note>) {
    let before = (store.version().await.unwrap(), store.count().await.unwrap());
    let added = store.add(rows(10, ROWS)).await.unwrap_err();
    is_of_a_full_disk(&added);
    assert_eq!((store.version().await.unwrap(), store.count().await.unwrap()), before);
    let upserted = store.upsert(rows(5, ROWS)).await.unwrap_err();
    is_of_a_full_disk(&upserted);
    assert_eq!((store.version().await.unwrap(), store.count().await.unwrap()), before);
}

pub(super) fn is_of_a_full_disk(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Engine, "{error:?}");
    let message = error.message();
    assert!(message.contains("no space") && message.contains("nothing was written"), "{error:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_to_a_full_disk_leaves_the_table_as_it_was() {
    if process::argument().is_some() {
        return fill(&open(Path::new("")).await).await;
    }
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.add(rows(0, 10)).await.unwrap();
    // A file that grows beyond the limit fails the write, without a signal.
    let limited = "trap '' XFSZ && ulimit -f 512";
    process::passed(process::start_after(limited, this_test!(), folder.path(), "")).await;
    let store = open(folder.path()).await;
    assert_eq!(store.count().await.unwrap(), 10);
    assert_eq!(store.upsert(rows(5, 1000)).await.unwrap().inserted, 990);
}
