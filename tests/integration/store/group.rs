//! Small writes that share commits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use datus_store::{Database, EmbeddingRecord, ErrorKind, Store, lancedb};
use futures::TryStreamExt;
use futures::future::join_all;
use lancedb::query::ExecutableQuery;
use lancedb::table::NewColumnTransform;

use super::{Note, ids, memory, note, notes, sorted_ids};
use crate::support::models::{Gated, Scripted, Toy};

/// A delay after which every started write is sure to be waiting for the lock or for the model.
const LONG: Duration = Duration::from_secs(3);

async fn open(folder: &Path) -> Store<Note> {
    Database::connect(folder).await.unwrap().store(Toy::new()).await.unwrap()
}

/// Takes the write lock of the notes as another process would.
fn hold(folder: &Path) -> File {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    let file = options.open(folder.join(".datus-write.notes.lock")).unwrap();
    file.lock().unwrap();
    file
}

fn small(id: i64) -> Note {
    note(id, "1 2 3")
}

/// Runs writes that all wait for the lock before any of them gets it.
async fn together<T, F: Future<Output = T>>(folder: &Path, writes: impl IntoIterator<Item = F>) -> Vec<T> {
    let held = hold(folder);
    let mut writes = Box::pin(join_all(writes));
    // By then, every write has read what it needs without the lock and waits. The wait is still too short to be
    // logged.
    let waited = tokio::time::timeout(LONG, &mut writes).await;
    assert!(waited.is_err(), "no write returns while the lock is held");
    drop(held);
    writes.await
}

#[tokio::test]
async fn writes_that_wait_for_the_lock_share_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let before = store.version().await.unwrap();
    let added = together(folder.path(), (0..40).map(|id| store.add([small(id)]).into_future())).await;
    let versions: BTreeSet<u64> =
        added.iter().map(|added| added.as_ref().unwrap().version.unwrap()).collect();
    assert!(versions.len() <= 2, "{versions:?}");
    assert_eq!(store.version().await.unwrap(), before + versions.len() as u64);
    assert_eq!(store.count().await.unwrap(), 40);
}

#[tokio::test]
async fn a_single_write_shares_no_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let added = together(folder.path(), (0..5).map(|id| store.add([small(id)]).alone().into_future())).await;
    let versions: BTreeSet<u64> =
        added.iter().map(|added| added.as_ref().unwrap().version.unwrap()).collect();
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
            store.delete().filter(|t| t.id.eq(2)),
            store.delete().filter(|t| t.id.is_in([3, 77])),
        )
    };
    let mut writes = Box::pin(writes);
    assert!(tokio::time::timeout(LONG, &mut writes).await.is_err());
    drop(held);
    let (added, refused, upserted, updated, deleted_one, deleted) = writes.await;
    assert_eq!(added.unwrap().rows, 2);
    let refused = refused.unwrap_err();
    assert_eq!((refused.kind(), refused.operation()), (ErrorKind::InvalidInput, Some("add")), "{refused}");
    assert!(refused.message().contains("`1`"), "{refused}");
    let upserted = upserted.unwrap();
    assert_eq!((upserted.inserted, upserted.updated, upserted.unchanged), (1, 1, 1));
    // Row 30 has the text of row 1.
    assert_eq!((upserted.embedded, upserted.reused), (1, 1));
    assert_eq!(updated.unwrap().rows, 1);
    assert_eq!(deleted_one.unwrap(), 1);
    assert_eq!(deleted.unwrap(), 1);
    let rows = store.search_all().order_by(|t| t.id.asc()).await.unwrap();
    assert_eq!(ids(&rows), [1, 10, 11, 30]);
}

#[tokio::test]
async fn writes_of_one_key_in_a_group_keep_their_order() {
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
    let incremented =
        (0..20).map(|_| store.update().filter(|t| t.id.eq(1)).set_to(|t| t.rank, |t| t.rank.plus(1)));
    let updated = together(folder.path(), incremented.map(IntoFuture::into_future)).await;
    assert!(updated.iter().all(|updated| updated.as_ref().unwrap().rows == 1));
    assert_eq!(store.get(1).await.unwrap().unwrap().rank, Some(39));
}

#[tokio::test]
async fn writes_at_the_same_time_share_the_calls_of_the_model() {
    let model = Gated::new();
    let store: Store<Note> = memory().await.store(model.clone()).await.unwrap();
    let mut writes =
        Box::pin(join_all((0..20).map(|id| store.add([note(id, &format!("{id} 0 1"))]).into_future())));
    assert!(tokio::time::timeout(LONG, &mut writes).await.is_err());
    model.open();
    assert!(writes.await.iter().all(|added| added.as_ref().unwrap().embedded == 1));
    let calls = model.calls();
    // Two calls may run concurrently. The other writes wait for these calls, and share the next call.
    assert!(calls.len() <= 4, "{calls:?}");
    assert_eq!(calls.iter().map(|(_, texts)| texts.len()).sum::<usize>(), 20);
    assert_eq!(store.search("7 0 1").limit(1).await.unwrap()[0].record.id, 7);
}

#[tokio::test]
async fn a_text_that_the_model_refuses_fails_its_own_write() {
    let refuse = |texts: &[&str]| match texts.contains(&"refused") {
        true => Err("it is refused".into()),
        false => Ok(texts.iter().map(|_| vec![1.0, 2.0, 3.0]).collect()),
    };
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<Note> = db.store(Scripted::new(refuse)).await.unwrap();
    let texts = ["a", "refused", "b", "c", "refused", "d"];
    let rows = texts.iter().zip(0..).map(|(text, id)| store.upsert([note(id, text)]).into_future());
    let upserted = join_all(rows).await;
    for (text, upserted) in texts.iter().zip(upserted) {
        match upserted {
            Ok(upserted) => assert!(*text != "refused" && upserted.inserted == 1),
            Err(error) => assert!(*text == "refused" && error.kind() == ErrorKind::Model, "{error}"),
        }
    }
    assert_eq!(store.count().await.unwrap(), 4);
}

#[tokio::test]
async fn a_write_whose_future_is_dropped_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let held = hold(folder.path());
    let dropped = store.add([small(1)]).into_future();
    assert!(tokio::time::timeout(LONG, dropped).await.is_err());
    let mut kept = store.add([small(2)]).into_future();
    assert!(tokio::time::timeout(LONG, &mut kept).await.is_err());
    drop(held);
    assert_eq!(kept.await.unwrap().rows, 1);
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), [2]);
}

/// If each commit left its own fragment, reads would have to open all of them.
#[tokio::test]
async fn a_table_written_row_by_row_has_few_fragments() {
    let store = notes(Toy::new()).await;
    for id in 0..100 {
        store.add([small(id)]).await.unwrap();
        store.upsert([note(id / 2, "4 5 6"), small(1_000 + id)]).await.unwrap();
    }
    let health = store.health().await.unwrap();
    assert_eq!((health.rows, health.fragments), (200, 1), "{health}");
    let stored: BTreeMap<i64, Option<String>> =
        store.search_all().await.unwrap().into_iter().map(|row| (row.id, row.text)).collect();
    assert!((0..50).all(|id| stored[&id].as_deref() == Some("4 5 6")));
    assert!((50..100).chain(1_000..1_100).all(|id| stored[&id].as_deref() == Some("1 2 3")));
}

#[tokio::test]
async fn rows_that_an_index_covers_stay_covered() {
    let store = notes(Toy::new()).await;
    store.add((0..100).map(small)).await.unwrap();
    let index = lancedb::index::Index::BTree(Default::default());
    store.as_lancedb().create_index(&["rank"], index).execute().await.unwrap();
    for id in 100..105 {
        store.add([small(id)]).await.unwrap();
    }
    let stats = store.as_lancedb().index_stats("rank_idx").await.unwrap().unwrap();
    assert_eq!((stats.num_indexed_rows, stats.num_unindexed_rows), (100, 5));
    assert_eq!(store.health().await.unwrap().fragments, 2);
}

/// The keys of fragments are cached, but a different version of the table can have rows that are deleted in the newest one.
#[tokio::test]
async fn keys_are_found_after_changes_of_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.add((0..10).map(small)).await.unwrap();
    let full = store.version().await.unwrap();
    assert_eq!(store.delete().filter(|t| t.id.eq(3)).await.unwrap(), 1);
    let other = open(folder.path()).await;
    assert_eq!(store.add([small(3)]).await.unwrap().rows, 1);
    assert_eq!(other.upsert([small(3)]).await.unwrap().unchanged, 1);
    other.as_lancedb().delete("id = 5").await.unwrap();
    assert_eq!(store.upsert([small(5)]).await.unwrap().inserted, 1);
    other.as_lancedb().checkout(full).await.unwrap();
    other.as_lancedb().restore().await.unwrap();
    let store = store.reopen().await.map(|()| store).unwrap();
    for id in 0..10 {
        let error = store.add([small(id)]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    assert_eq!(store.delete().filter(|t| t.id.is_in(0..10)).await.unwrap(), 10);
    assert_eq!(store.count().await.unwrap(), 0);
}

/// A row of the newest fragment is cached with the columns that the table had at that time.
#[tokio::test]
async fn rows_in_memory_follow_the_columns_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ranked = |id: i32| Note { rank: Some(id), ..small(id.into()) };
    store.add([ranked(1)]).await.unwrap();
    let table = store.as_lancedb();
    let sql = |value: &str| NewColumnTransform::SqlExpressions(vec![("extra".into(), value.into())]);
    table.add_columns().transform(sql("rank + 100")).execute().await.unwrap();
    store.add([ranked(2)]).await.unwrap();
    assert_eq!(table.count_rows(Some("extra = 101".into())).await.unwrap(), 1);
    table.drop_columns(&["extra"]).await.unwrap();
    table.add_columns().transform(sql("rank + 200")).execute().await.unwrap();
    store.add([ranked(3)]).await.unwrap();
    assert_eq!(table.count_rows(Some("extra = rank + 200".into())).await.unwrap(), 2);
    assert_eq!(table.count_rows(Some("extra is null".into())).await.unwrap(), 1);
}

/// Another program wrote two rows with the same key.
#[tokio::test]
async fn each_of_several_rows_with_a_key_is_updated_and_deleted() {
    let store = notes(Toy::new()).await;
    store.add([small(1), small(2)]).await.unwrap();
    let twice = store.as_lancedb().query().execute().await.unwrap().try_collect::<Vec<_>>().await.unwrap();
    store.as_lancedb().add(twice).execute().await.unwrap();
    assert_eq!(store.update().filter(|t| t.id.eq(1)).set(|t| t.topic, "set").await.unwrap().rows, 2);
    assert_eq!(store.search_all().filter(|t| t.topic.eq("set")).count().await.unwrap(), 2);
    assert_eq!(store.delete().filter(|t| t.id.eq(1)).await.unwrap(), 2);
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), [2, 2]);
}

/// The upsert replaces both rows with one, so the delete in the same group deletes one row.
#[tokio::test]
async fn a_delete_counts_the_rows_that_the_writes_before_it_leave() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.add([small(1)]).await.unwrap();
    let twice = store.as_lancedb().query().execute().await.unwrap().try_collect::<Vec<_>>().await.unwrap();
    store.as_lancedb().add(twice).execute().await.unwrap();
    let held = hold(folder.path());
    let changed = Note { topic: "changed".into(), ..small(1) };
    let writes = async {
        tokio::join!(
            store.upsert([changed]).into_future(),
            store.delete().filter(|t| t.id.eq(1)).into_future()
        )
    };
    let mut writes = Box::pin(writes);
    assert!(tokio::time::timeout(LONG, &mut writes).await.is_err(), "both wait for the lock");
    drop(held);
    let (upserted, deleted) = writes.await;
    assert_eq!(upserted.unwrap().version, Some(store.version().await.unwrap()), "one commit");
    assert_eq!(deleted.unwrap(), 1);
    assert_eq!(store.count().await.unwrap(), 0);
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "visits", key(site, day))]
struct Visit {
    site: String,
    day: u32,
    count: u64,
}

#[tokio::test]
async fn all_columns_of_a_key_are_looked_up_together() {
    let store: Store<Visit> = memory().await.store(()).await.unwrap();
    let visit = |site: &str, day, count| Visit { site: site.to_owned(), day, count };
    store.add([visit("a", 1, 1), visit("a", 2, 1), visit("b", 1, 1)]).await.unwrap();
    let increment =
        store.update().filter(|t| t.day.eq(1).and(t.site.eq("a"))).set_to(|t| t.count, |t| t.count.plus(4));
    assert_eq!(increment.await.unwrap().rows, 1);
    assert_eq!(store.upsert([visit("b", 1, 1), visit("b", 2, 7)]).await.unwrap().unchanged, 1);
    assert_eq!(store.delete().filter(|t| t.site.eq("a").and(t.day.eq(2))).await.unwrap(), 1);
    let mut rows = store.search_all().await.unwrap();
    rows.sort_by_key(|row| (row.site.clone(), row.day));
    assert_eq!(rows, [visit("a", 1, 5), visit("b", 1, 1), visit("b", 2, 7)]);
    let error = store
        .update()
        .filter(|t| t.day.eq(1).and(t.site.eq("a")))
        .set_to(|t| t.count, |t| t.count.minus(9))
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
}
