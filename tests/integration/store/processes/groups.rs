//! Small writes that wait for the lock together and are then interrupted, or undo each other.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use datus_store::{Error, Store};
use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt};

use super::full_disk::is_of_a_full_disk;
use super::killed::wait_for;
use super::{open, rows};
use crate::store::{Note, line, note};
use crate::support::process::{self, this_test};

/// The number of writes that begin at the same time.
const WRITES: i64 = 24;

/// The number of times that writes are killed or dropped.
const ROUNDS: u32 = 8;

/// A delay after which every started write is sure to be waiting for the lock.
const LONG: Duration = Duration::from_millis(700);

/// The file that the writing process creates when it begins. `SEEN` lists the results of the writes, and `TOOK` contains
/// their duration in microseconds.
const BEGUN: &str = "begun";
const SEEN: &str = "seen";
const TOOK: &str = "took";

/// Creates a table with a row for each write.
async fn prepare(folder: &Path) -> Store<Note> {
    let store = open(folder).await;
    store.add(line(WRITES)).await.unwrap();
    store
}

/// Returns the rows for write number `write`: one that the table already has, and three new ones.
fn input(write: i64) -> Vec<Note> {
    let new = (0..3).map(|row| note(WRITES + 3 * write + row, "4 5 6"));
    [note(write, "7 8 9")].into_iter().chain(new).collect()
}

/// Asserts that each write was done completely or not at all. Returns the numbers of the writes that were done.
async fn done_of(store: &Store<Note>) -> Vec<i64> {
    let found = rows(store).await;
    let is_done = |write: &i64| {
        let keys: Vec<i64> = input(*write).iter().map(|row| row.id).collect();
        let stored: Vec<Note> = found.iter().filter(|row| keys.contains(&row.id)).cloned().collect();
        let done = stored == input(*write);
        let before = line(WRITES).into_iter().filter(|row| row.id == *write);
        assert!(done || stored == before.collect::<Vec<_>>(), "write {write} was done in part: {stored:?}");
        done
    };
    (0..WRITES).filter(is_done).collect()
}

/// Takes the write lock of the table as another process would.
fn hold(folder: &Path) -> File {
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join("data").join(".datus-write.notes.lock"));
    let file = file.unwrap();
    file.lock().unwrap();
    file
}

/// Starts all writes at the same time, in the database in the working directory.
async fn write_all() {
    let store = open(Path::new("")).await;
    std::fs::write(BEGUN, "").unwrap();
    let start = Instant::now();
    let write = async |number: i64| {
        store.upsert(input(number)).await.unwrap();
        number
    };
    let mut running: FuturesUnordered<_> = (0..WRITES).map(write).collect();
    let mut seen = String::new();
    while let Some(number) = running.next().await {
        seen.push_str(&format!("{number}\n"));
        std::fs::write(SEEN, &seen).unwrap();
    }
    std::fs::write(TOOK, start.elapsed().as_micros().to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_write_of_a_group_that_is_killed_is_done_or_not() {
    if process::argument().is_some() {
        return write_all().await;
    }
    let start = |folder: &Path| process::start(this_test!(), folder, "");
    let whole = tempfile::tempdir().unwrap();
    let before = prepare(whole.path()).await.version().await.unwrap();
    process::passed(start(whole.path())).await;
    let store = open(whole.path()).await;
    assert_eq!(done_of(&store).await.len() as i64, WRITES);
    let versions = store.version().await.unwrap() - before;
    assert!(versions < WRITES as u64 / 2, "{versions} commits of {WRITES} writes");
    let took = std::fs::read_to_string(whole.path().join(TOOK)).unwrap().parse().unwrap();
    let took = Duration::from_micros(took);

    let mut unfinished = 0;
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path()).await;
        let mut child = start(folder.path());
        wait_for(&folder.path().join(BEGUN)).await;
        tokio::time::sleep(took.mul_f64((f64::from(round) + fastrand::f64()) / f64::from(ROUNDS))).await;
        child.kill().await.unwrap();
        let store = open(folder.path()).await;
        let done = done_of(&store).await;
        let seen = std::fs::read_to_string(folder.path().join(SEEN)).unwrap_or_default();
        // The last line of the file may be incomplete.
        let whole_lines = seen.rsplit_once('\n').map_or("", |(lines, _)| lines);
        for number in whole_lines.lines().map(|number| number.parse().unwrap()) {
            assert!(done.contains(&number), "write {number} was acknowledged and is lost");
        }
        unfinished += u32::from((done.len() as i64) < WRITES);
        join_all((0..WRITES).map(|number| store.upsert(input(number)).into_future())).await;
        assert_eq!(done_of(&store).await.len() as i64, WRITES);
    }
    assert!(unfinished > 0, "no process was killed before it finished");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_write_of_a_group_whose_future_is_dropped_is_done_or_not() {
    let whole = tempfile::tempdir().unwrap();
    let store = prepare(whole.path()).await;
    let start = Instant::now();
    join_all((0..WRITES).map(|number| store.upsert(input(number)).into_future())).await;
    let took = start.elapsed();
    let mut dropped = 0;
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let store = prepare(folder.path()).await;
        // Every second write is dropped, at a random moment.
        let write = async |number: i64| {
            let moment = if number % 2 == 0 { took.mul_f64(fastrand::f64()) } else { Duration::MAX };
            match tokio::time::timeout(moment, store.upsert(input(number)).into_future()).await {
                Ok(upserted) => upserted.unwrap().inserted == 3,
                Err(_) => false,
            }
        };
        let answers = join_all((0..WRITES).map(write)).await;
        dropped += answers.iter().filter(|answered| !**answered).count();
        // A commit that has begun runs to completion. The next writer waits for it.
        store.update().filter(|t| t.id.lt(0)).set(|t| t.topic, "nobody").await.unwrap();
        let first = done_of(&store).await;
        for (number, answered) in (0..WRITES).zip(answers) {
            assert!(answered || number % 2 == 0, "write {number} was not dropped");
            assert!(!answered || first.contains(&number), "write {number} was acknowledged and is lost");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(done_of(&open(folder.path()).await).await, first, "a write was done afterwards");
    }
    assert!(dropped > 0, "no write was dropped before it finished");
}

/// Writes more rows to the process's database than the disk has space for.
async fn fill() {
    let store = open(Path::new("")).await;
    let before = store.version().await.unwrap();
    let held = hold(Path::new(""));
    let rows = |number: i64| (0..200).map(move |row| large(1000 * (number + 1) + row));
    let mut writes = join_all((0..WRITES).map(|number| store.add(rows(number)).into_future()));
    assert!(tokio::time::timeout(LONG, &mut writes).await.is_err());
    drop(held);
    let results = writes.await;
    let failed: Vec<&Error> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(failed.len() > 1, "{} of {WRITES} writes failed", failed.len());
    failed.into_iter().for_each(is_of_a_full_disk);
    for (number, result) in (0..WRITES).zip(&results) {
        let first = 1000 * (number + 1);
        let stored = store.search_all().filter(|t| t.id.ge(first).and(t.id.lt(first + 1000))).await.unwrap();
        assert_eq!(stored.len(), if result.is_ok() { 200 } else { 0 }, "write {number}: {result:?}");
    }
    let versions: std::collections::BTreeSet<u64> =
        results.iter().flatten().filter_map(|added| added.version).collect();
    assert_eq!(store.version().await.unwrap(), before + versions.len() as u64);
}

/// Returns a row that does not compress.
fn large(id: i64) -> Note {
    let mut random = fastrand::Rng::with_seed(id as u64);
    let topic = (0..200).map(|_| random.alphanumeric()).collect();
    Note { topic, ..note(id, "4 5 6") }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_write_of_a_group_on_a_full_disk_is_done_or_not() {
    if process::argument().is_some() {
        return fill().await;
    }
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path()).await;
    // A file that grows beyond the limit fails the write, without a signal.
    let limited = "trap '' XFSZ && ulimit -f 512";
    process::passed(process::start_after(limited, this_test!(), folder.path(), "")).await;
    let store = open(folder.path()).await;
    assert_eq!(store.upsert(input(0)).await.unwrap().inserted, 3);
}

#[tokio::test]
async fn writes_of_a_group_that_undo_each_other_name_a_version() {
    let folder = tempfile::tempdir().unwrap();
    let store = prepare(folder.path()).await;
    let held = hold(folder.path());
    let mut upsert = store.upsert([note(2, "7 8 9")]).into_future();
    assert!(tokio::time::timeout(LONG, &mut upsert).await.is_err());
    let mut delete = store.delete().filter(|t| t.id.eq(2)).into_future();
    assert!(tokio::time::timeout(LONG, &mut delete).await.is_err());
    // A program without the lock deletes the row that both writes have seen.
    store.as_lancedb().delete("id = 2").await.unwrap();
    let before = (store.version().await.unwrap(), store.count().await.unwrap());
    drop(held);
    let (upserted, deleted) = tokio::join!(upsert, delete);
    assert_eq!(deleted.unwrap(), 1);
    let upserted = upserted.unwrap();
    assert_eq!((upserted.inserted, upserted.version), (1, Some(before.0 + 1)));
    assert_eq!((store.version().await.unwrap(), store.count().await.unwrap()), (before.0 + 1, before.1));
}
