//! Small writes that share commits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datus_store::model::{EmbeddingModel, ModelIdentity, Role};
use datus_store::{BoxError, Database, EmbeddingRecord, ErrorKind, Store};
use futures::future::join_all;

use super::{Note, memory, note, notes};
use crate::support::models::Toy;

async fn open(folder: &Path) -> Store<Note> {
    Database::connect(folder).await.unwrap().store(Toy::new()).await.unwrap()
}

/// Takes the write lock of the notes, as another process does.
fn hold(folder: &Path) -> File {
    let file = File::options().write(true).create(true).truncate(false);
    let file = file.open(folder.join(".datus-write.notes.lock")).unwrap();
    file.lock().unwrap();
    file
}

fn small(id: i64) -> Note {
    note(id, "1 2 3")
}

/// Runs writes that all wait for the lock before any of them has it.
async fn together<T, F: Future<Output = T>>(folder: &Path, writes: impl IntoIterator<Item = F>) -> Vec<T> {
    let held = hold(folder);
    let mut writes = Box::pin(join_all(writes));
    // Every write has read what it needs without the lock, and waits, long before the wait counts as long.
    let waited = tokio::time::timeout(std::time::Duration::from_millis(1500), &mut writes).await;
    assert!(waited.is_err(), "no write ends while the lock is held");
    drop(held);
    writes.await
}

#[tokio::test]
async fn writes_that_wait_for_the_lock_share_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let before = store.version().await.unwrap();
    let added = together(folder.path(), (0..40).map(|id| store.add([small(id)]).into_future())).await;
    let versions: BTreeSet<u64> = added.iter().map(|added| added.as_ref().unwrap().version.unwrap()).collect();
    assert!(versions.len() <= 2, "{versions:?}");
    assert_eq!(store.version().await.unwrap(), before + versions.len() as u64);
    assert_eq!(store.count().await.unwrap(), 40);
}

#[tokio::test]
async fn a_write_that_is_alone_shares_no_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let added = together(folder.path(), (0..5).map(|id| store.add([small(id)]).alone().into_future())).await;
    let versions: BTreeSet<u64> = added.iter().map(|added| added.as_ref().unwrap().version.unwrap()).collect();
    assert_eq!(versions.len(), 5);
}

#[tokio::test]
async fn each_write_of_a_group_has_its_own_result() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.add([small(1), small(2), small(3)]).await.unwrap();
    let held = hold(folder.path());
    let writes = async {
        tokio::join!(
            store.add([small(10), small(11)]),
            store.add([small(20), small(1)]),
            store.upsert([small(1), note(2, "4 5 6"), small(30)]),
            store.update().filter(|t| t.id.eq(3)).set(|t| t.topic, "set"),
            store.delete(|t| t.id.eq(10).or(t.id.eq(99))),
            store.delete(|t| t.id.is_in([3, 77])),
        )
    };
    let mut writes = Box::pin(writes);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(1500), &mut writes).await.is_err());
    drop(held);
    let (added, refused, upserted, updated, deleted_either, deleted) = writes.await;
    assert_eq!(added.unwrap().rows, 2);
    let refused = refused.unwrap_err();
    assert_eq!((refused.kind(), refused.operation()), (ErrorKind::InvalidInput, Some("add")), "{refused}");
    assert!(refused.message().contains("`1`"), "{refused}");
    let upserted = upserted.unwrap();
    assert_eq!((upserted.inserted, upserted.updated, upserted.unchanged, upserted.embedded), (1, 1, 1, 1));
    assert_eq!(updated.unwrap().rows, 1);
    assert_eq!(deleted_either.unwrap(), 1);
    assert_eq!(deleted.unwrap(), 1);
    let rows = store.search_all().order_by(|t| t.id.asc()).await.unwrap();
    assert_eq!(super::ids(&rows), [1, 2, 11, 30]);
    assert_eq!(rows[1].text.as_deref(), Some("4 5 6"));
    assert_eq!(store.search("4 5 6").limit(1).await.unwrap()[0].record.id, 2);
}

#[tokio::test]
async fn writes_of_one_key_in_a_group_follow_the_order_in_which_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.add([small(1)]).await.unwrap();
    let write = |number: i32| {
        let row = Note { rank: Some(number), ..small(1) };
        store.upsert([row]).into_future()
    };
    let upserted = together(folder.path(), (0..20).map(write)).await;
    assert!(upserted.iter().all(|upserted| upserted.as_ref().unwrap().updated == 1));
    assert_eq!(store.get(1).await.unwrap().unwrap().rank, Some(19));
    let incremented = (0..20).map(|_| store.update().filter(|t| t.id.eq(1)).set_to(|t| t.rank, |t| t.rank.plus(1)));
    let updated = together(folder.path(), incremented.map(IntoFuture::into_future)).await;
    assert!(updated.iter().all(|updated| updated.as_ref().unwrap().rows == 1));
    assert_eq!(store.get(1).await.unwrap().unwrap().rank, Some(39));
}

/// Counts its calls, and refuses one text.
#[derive(Debug, Clone)]
struct Counting {
    identity: ModelIdentity,
    calls: Arc<AtomicUsize>,
}
