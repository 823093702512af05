use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use datus_store::{Database, ErrorKind, Result, Store};
use futures::FutureExt;
use futures::future::{BoxFuture, join_all, poll_fn};

use super::super::Note;
use super::events::Warnings;
use super::{filled, hold, lock_file, open};
use crate::support::models::Toy;
use crate::support::process::{self, this_test};

/// Deletes one note by a range of ids. Such a delete takes the write lock before it does anything else, and does not share
/// its commit with other writes.
fn delete(store: &Store<Note>, id: i64) -> BoxFuture<'static, Result<usize>> {
    let store = store.clone();
    async move { store.delete().filter(|t| t.id.ge(id).and(t.id.lt(id + 1))).await }.boxed()
}

/// Polls a future once, and asserts that it is pending.
async fn poll_once<F: Future + Unpin>(future: &mut F) {
    let mut future = Pin::new(future);
    let ready = poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await;
    assert!(!ready, "the lock is held");
}

/// Waits until a condition holds, for at most a minute.
async fn until(holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("it never held");
}

/// Fault 8: waits were not logged.
#[tokio::test]
async fn a_long_wait_is_logged_at_its_start_and_end() {
    if process::argument().is_some() {
        return log_a_long_wait().await;
    }
    let folder = tempfile::tempdir().unwrap();
    process::run(this_test!(), folder.path(), "").await;
}

async fn log_a_long_wait() {
    let warnings = Warnings::of_this_process();
    let folder = std::env::current_dir().unwrap();
    let store = filled(&folder, 5).await;
    let held = hold(&folder);
    let waiting = tokio::spawn(delete(&store, 1));
    until(|| !warnings.with("waiting for a lock").is_empty()).await;
    assert!(!waiting.is_finished());
    drop(held);
    assert_eq!(waiting.await.unwrap().unwrap(), 1);

    let begun = warnings.with("waiting for a lock");
    assert_eq!(begun.len(), 1, "{begun:?}");
    let file = std::fs::canonicalize(lock_file(&folder)).unwrap();
    assert_eq!(begun[0]["lock_file"], file.to_str().unwrap());
    assert_eq!((begun[0]["table"].as_str(), begun[0]["operation"].as_str()), ("notes", "delete"));
    let ended = warnings.with("the lock was obtained");
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert!(ended[0]["waited_ms"].parse::<u64>().unwrap() >= 1000, "{ended:?}");

    let held = hold(&folder);
    assert!(tokio::time::timeout(Duration::from_millis(1500), delete(&store, 2)).await.is_err());
    assert_eq!(warnings.with("was abandoned").len(), 1);
    drop(held);
    // A short wait is not logged.
    assert_eq!(delete(&store, 3).await.unwrap(), 1);
    assert_eq!(warnings.with("waiting for a lock").len(), 2);
}

/// Fault 8: waits had no time limit.
#[tokio::test]
async fn a_wait_with_a_limit_ends_as_a_conflict_that_names_the_lock_file() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 5).await;
    for limit in [Duration::ZERO, Duration::from_millis(50), Duration::from_millis(1100)] {
        let db = Database::connect(folder.path()).lock_timeout(limit).await.unwrap();
        let store: Store<Note> = db.store(Toy::new()).await.unwrap();
        let held = hold(folder.path());
        let error = delete(&store, 1).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Conflict, Some("delete")), "{error}");
        let file = std::fs::canonicalize(lock_file(folder.path())).unwrap();
        assert!(error.message().contains("write lock"), "{error}");
        assert!(error.help().unwrap().contains(file.to_str().unwrap()), "{error}");
        assert!(error.help().unwrap().contains("lock_timeout"), "{error}");
        let error = db.drop_table("notes").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        drop(held);
    }
    // A waiter that gave up does not hold the lock.
    let store = open(folder.path()).await;
    assert_eq!(delete(&store, 1).await.unwrap(), 1);
}

/// Fault 8: waiters had no order.
#[tokio::test]
async fn waiters_of_one_process_are_served_in_order_across_connections() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 30).await;
    let connections = join_all((0..3).map(|_| open(folder.path()))).await;
    let held = hold(folder.path());
    let served: Arc<Mutex<Vec<i64>>> = Arc::default();
    let mut waiting = Vec::new();
    for id in 0..30 {
        let (store, served) = (&connections[usize::try_from(id % 3).unwrap()], Arc::clone(&served));
        let mut deleted = delete(store, id).map(move |deleted| {
            assert_eq!(deleted.unwrap(), 1);
            served.lock().unwrap().push(id);
        });
        poll_once(&mut deleted).await;
        waiting.push(deleted);
    }
    drop(held);
    join_all(waiting).await;
    assert_eq!(*served.lock().unwrap(), (0..30).collect::<Vec<_>>());
}

/// Fault 8: 200 waiters polled the lock.
#[tokio::test]
async fn waiters_are_not_woken_while_the_lock_is_held() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 200).await;
    let connections = join_all((0..20).map(|_| open(folder.path()))).await;
    let held = hold(folder.path());
    let polls = AtomicUsize::new(0);
    let mut waiting = Box::pin(join_all((0..200).map(|id| {
        let mut deleted = delete(&connections[usize::try_from(id % 20).unwrap()], id);
        let polls = &polls;
        poll_fn(move |context| {
            polls.fetch_add(1, Ordering::Relaxed);
            deleted.poll_unpin(context)
        })
    })));
    // The timeout is shorter than the second after which each waiter logs its wait.
    assert!(tokio::time::timeout(Duration::from_millis(500), &mut waiting).await.is_err());
    assert_eq!(polls.load(Ordering::Relaxed), 200);
    drop(held);
    let deleted: usize = waiting.await.into_iter().map(Result::unwrap).sum();
    assert_eq!(deleted, 200);
}

#[tokio::test]
async fn a_waiter_that_is_dropped_leaves_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), 5).await;
    let held = hold(folder.path());
    // The first waiter waits for the lock file, and the others queue behind it.
    let (mut first, mut second, mut third) = (delete(&store, 1), delete(&store, 2), delete(&store, 3));
    poll_once(&mut first).await;
    poll_once(&mut second).await;
    poll_once(&mut third).await;
    drop(second);
    drop(first);
    poll_once(&mut third).await;
    drop(held);
    assert_eq!(third.await.unwrap(), 1);
    let left: Vec<i64> = super::super::sorted_ids(&store.search_all().await.unwrap());
    assert_eq!(left, [0, 1, 2, 4]);
}

#[tokio::test]
async fn an_abandoned_wait_does_not_keep_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), 5).await;
    for id in 0..5 {
        let held = hold(folder.path());
        let mut waiting = delete(&store, id);
        poll_once(&mut waiting).await;
        drop(waiting);
        drop(held);
        let file = std::fs::File::open(lock_file(folder.path())).unwrap();
        until(|| file.try_lock().is_ok()).await;
    }
    assert_eq!(delete(&store, 0).await.unwrap(), 1);
}

#[test]
fn a_program_ends_while_a_task_waits_for_a_lock() {
    if process::argument().is_some() {
        return end_while_a_task_waits();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path(), 5).await;
        let held = hold(folder.path());
        let child = process::start(this_test!(), folder.path(), "");
        let ended = tokio::time::timeout(Duration::from_secs(60), process::passed(child)).await;
        assert!(ended.is_ok(), "the program waits for the lock before it ends");
        drop(held);
    });
}

fn end_while_a_task_waits() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = open(Path::new(".")).await;
        let mut waiting = delete(&store, 1);
        poll_once(&mut waiting).await;
        tokio::spawn(waiting);
    });
}

#[tokio::test]
async fn a_lock_file_that_is_deleted_does_not_let_two_writers_in() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), 5).await;
    let held = hold(folder.path());
    let mut waiting = delete(&store, 1);
    poll_once(&mut waiting).await;
    std::fs::remove_file(lock_file(folder.path())).unwrap();
    let newer = hold(folder.path());
    drop(held);
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut waiting).await.is_err());
    drop(newer);
    assert_eq!(waiting.await.unwrap(), 1);
}
