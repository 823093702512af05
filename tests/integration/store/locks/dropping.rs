//! Fault 3: a drop took no lock, and a writer restored half of the table.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use datus_store::{Database, EmbeddingRecord, ErrorKind, Store};
use futures::channel::mpsc;
use futures::future::join_all;
use futures::{FutureExt, SinkExt};

use super::super::{Note, line, note};
use super::{connect, filled, hold, lock_file, open};
use crate::support::models::Toy;
use crate::support::process::{self, this_test};

/// A record without a key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "events")]
struct Event {
    number: i64,
}

/// Returns the names of the files and folders of a database that begin with `start`.
fn files(folder: &Path, start: &str) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter_map(|name| name.into_string().ok()).filter(|name| name.starts_with(start)).collect()
}

/// Asserts that the table does not exist, and that no remaining files look like a table to a program.
async fn is_gone(folder: &Path, table: &str) {
    let db = connect(folder).await;
    assert!(!db.table_names().await.unwrap().contains(&table.to_owned()));
    assert_eq!(db.drop_table(table).await.unwrap_err().kind(), ErrorKind::TableNotFound);
    assert_eq!(files(folder, ".datus-dropped"), [""; 0]);
    assert_eq!(files(folder, &format!("{table}.lance")), [""; 0]);
}

/// Writes until the table is gone. Returns the number of writes before that.
async fn write_until_dropped(store: Store<Note>, writer: i64) -> usize {
    for round in 0.. {
        let id = writer * 1_000_000 + round;
        let written = match round % 4 {
            0 => store.add([note(id, "1 2 3")]).await.map(drop),
            1 => store.upsert([note(id, "1 2 3"), note(id - 1, "3 2 1")]).await.map(drop),
            2 => store.update().filter(|t| t.id.eq(id - 1)).set(|t| t.topic, "set").await.map(drop),
            _ => store.delete().filter(|t| t.id.eq(id - 2)).await.map(drop),
        };
        if let Err(error) = written {
            assert_eq!(error.kind(), ErrorKind::TableNotFound, "round {round}: {error:?}");
            assert_eq!(error.table(), Some("notes"), "{error:?}");
            return usize::try_from(round).unwrap();
        }
    }
    unreachable!("the table is dropped")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_commits_before_a_drop_or_finds_no_table() {
    for round in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path(), 10).await;
        let stores = join_all((0..4).map(|_| open(folder.path()))).await;
        let writers: Vec<_> = stores
            .into_iter()
            .zip(1..)
            .map(|(store, writer)| tokio::spawn(write_until_dropped(store, writer)))
            .collect();
        tokio::time::sleep(Duration::from_millis(50 * round)).await;
        connect(folder.path()).await.drop_table("notes").await.unwrap();
        for writer in join_all(writers).await {
            writer.unwrap();
        }
        is_gone(folder.path(), "notes").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_without_keys_commits_before_a_drop_or_finds_no_table() {
    for round in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let db = connect(folder.path()).await;
        let store: Store<Event> = db.store(()).await.unwrap();
        store.add((0..10).map(|number| Event { number })).await.unwrap();
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    loop {
                        let added = store.add([Event { number: 1 }]).await.map(drop);
                        let deleted = store.delete().filter(|t| t.number.eq(2)).await.map(drop);
                        if let Err(error) = added.and(deleted) {
                            assert_eq!(error.kind(), ErrorKind::TableNotFound, "{error:?}");
                            return;
                        }
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(50 * round)).await;
        db.drop_table("events").await.unwrap();
        join_all(writers).await.into_iter().for_each(|writer| writer.unwrap());
        is_gone(folder.path(), "events").await;
    }
}

#[tokio::test]
async fn writers_in_other_processes_find_no_table_after_a_drop() {
    if let Some(writer) = process::argument() {
        write_until_dropped(open(Path::new(".")).await, writer.parse().unwrap()).await;
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 10).await;
    let children: Vec<_> =
        (1..=2).map(|writer: i64| process::start(this_test!(), folder.path(), writer.to_string())).collect();
    let db = connect(folder.path()).await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    for writer in 1..=2 {
        while store.search_all().filter(|t| t.id.eq(writer * 1_000_000)).count().await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    db.drop_table("notes").await.unwrap();
    for child in children {
        process::passed(child).await;
    }
    is_gone(folder.path(), "notes").await;
}

#[tokio::test]
async fn an_add_that_began_before_its_table_was_created_again_is_not_committed() {
    let folder = tempfile::tempdir().unwrap();
    let old = filled(folder.path(), 10).await;
    let (mut rows, stream) = mpsc::channel::<datus_store::Result<Note>>(0);
    let mut adding = {
        let old = old.clone();
        async move { old.add_stream(stream).await }.boxed()
    };
    assert!(futures::poll!(&mut adding).is_pending());
    let db = connect(folder.path()).await;
    let (sent, _) = futures::join!(
        async {
            for id in 100..2200 {
                rows.send(Ok(note(id, "1 2 3"))).await.unwrap();
            }
            db.drop_table("notes").await.unwrap();
            let created: Store<Note> = db.store(Toy::new()).await.unwrap();
            created.add(line(3)).await.unwrap();
            drop(rows);
            created
        },
        async {
            let error = adding.await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TableChanged, "{error:?}");
        }
    );
    assert_eq!(sent.search_all().await.unwrap(), line(3));
    let error = old.upsert([note(1, "3 3 3")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TableChanged, "{error:?}");
    let again = open(folder.path()).await;
    assert_eq!(again.upsert([note(1, "3 3 3")]).await.unwrap().updated, 1);
}

#[tokio::test]
async fn a_drop_waits_for_the_holder_of_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), 10).await;
    let held = hold(folder.path());
    let db = connect(folder.path()).await;
    let mut dropping = Box::pin(db.drop_table("notes"));
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut dropping).await.is_err());
    assert_eq!(store.search_all().await.unwrap(), line(10));
    drop(held);
    dropping.await.unwrap();
    is_gone(folder.path(), "notes").await;
    assert!(lock_file(folder.path()).exists(), "another process may wait for it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_during_a_drop_sees_all_rows_or_no_table() {
    for uri in ["", "file-object-store://"] {
        for _ in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            let uri = format!("{uri}{}", folder.path().to_str().unwrap());
            let db = Database::connect(&uri).await.unwrap();
            let store: Store<Note> = db.store(Toy::new()).await.unwrap();
            for part in line(200).chunks(40) {
                store.add(part).await.unwrap();
            }
            let (dropped, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
            let readers: Vec<_> = (0..3)
                .map(|_| {
                    let (store, dropped, reads) = (store.clone(), Arc::clone(&dropped), Arc::clone(&reads));
                    tokio::spawn(async move {
                        loop {
                            let was_dropped = dropped.load(Ordering::SeqCst);
                            match store.search_all().order_by(|t| t.id.asc()).await {
                                Ok(rows) => assert!(!was_dropped && rows == line(200), "{} rows", rows.len()),
                                Err(_) => break,
                            }
                            reads.fetch_add(1, Ordering::SeqCst);
                        }
                    })
                })
                .collect();
            while reads.load(Ordering::SeqCst) < 6 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            db.drop_table("notes").await.unwrap();
            dropped.store(true, Ordering::SeqCst);
            join_all(readers).await.into_iter().for_each(|reader| reader.unwrap());
            assert!(db.table_names().await.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn a_drop_that_is_killed_leaves_the_whole_table_or_none() {
    if process::argument().is_some() {
        let db = connect(Path::new(".")).await;
        std::fs::write("ready", "").unwrap();
        return db.drop_table("notes").await.unwrap();
    }
    for round in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let store = filled(folder.path(), 10).await;
        for id in 10..16 {
            store.upsert([note(id, "1 2 3")]).await.unwrap();
        }
        let mut child = process::start(this_test!(), folder.path(), "");
        // The other process is killed during the drop, not before it.
        let ready = folder.path().join("ready");
        while !ready.exists() {
            assert!(child.try_wait().unwrap().is_none() || ready.exists(), "the other process failed");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(fastrand::u64(..=800 * round))).await;
        child.kill().await.unwrap();
        let db = connect(folder.path()).await;
        assert_eq!(files(folder.path(), ".datus-dropped"), [""; 0]);
        let names = db.table_names().await.unwrap();
        let store: Store<Note> = db.store(Toy::new()).await.unwrap();
        let rows = store.search_all().await.unwrap().len();
        assert_eq!(rows, if names.is_empty() { 0 } else { 16 });
        assert_eq!(store.add([note(100, "1 2 3")]).await.unwrap().rows, 1);
    }
}

#[tokio::test]
async fn the_next_operation_removes_the_files_of_a_killed_drop() {
    let folder = tempfile::tempdir().unwrap();
    let db = connect(folder.path()).await;
    let left = folder.path().join(".datus-dropped-0123");
    let leave = || {
        std::fs::create_dir_all(left.join("data")).unwrap();
        std::fs::write(left.join("data").join("1.lance"), "rows").unwrap();
    };
    leave();
    let _: Store<Note> = db.store(Toy::new()).await.unwrap();
    assert!(!left.exists(), "a creation");
    leave();
    db.drop_table("notes").await.unwrap();
    assert!(!left.exists(), "a drop");
    leave();
    connect(folder.path()).await;
    assert!(!left.exists(), "a connection");

    // A write that is running when its table is dropped leaves a folder without a version.
    std::fs::create_dir_all(folder.path().join("notes.lance/data")).unwrap();
    assert!(db.table_names().await.unwrap().is_empty());
    assert_eq!(db.drop_table("notes").await.unwrap_err().kind(), ErrorKind::TableNotFound);
    assert!(!folder.path().join("notes.lance").exists());
}

#[tokio::test]
async fn dropping_a_missing_table_leaves_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let db = connect(folder.path()).await;
    for (name, kind) in [("notes", ErrorKind::TableNotFound), ("../notes", ErrorKind::InvalidInput)] {
        assert_eq!(db.drop_table(name).await.unwrap_err().kind(), kind, "{name}");
    }
    assert_eq!(files(folder.path(), ""), [""; 0]);
}

#[tokio::test]
async fn one_of_two_drops_finds_no_table() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 10).await;
    let (first, second) = (connect(folder.path()).await, connect(folder.path()).await);
    let dropped = futures::join!(first.drop_table("notes"), second.drop_table("notes"));
    let kinds = [dropped.0, dropped.1].map(|dropped| dropped.err().map(|error| error.kind()));
    assert!(kinds.contains(&None) && kinds.contains(&Some(ErrorKind::TableNotFound)), "{kinds:?}");
}

#[tokio::test]
async fn a_damaged_table_can_be_dropped() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 10).await;
    for manifest in std::fs::read_dir(folder.path().join("notes.lance/_versions")).unwrap() {
        std::fs::write(manifest.unwrap().path(), [0; 64]).unwrap();
    }
    connect(folder.path()).await.drop_table("notes").await.unwrap();
    is_gone(folder.path(), "notes").await;
    assert_eq!(filled(folder.path(), 3).await.count().await.unwrap(), 3);
}

#[tokio::test]
async fn writes_after_a_drop_find_no_table_in_any_storage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for uri in ["memory://".to_owned(), format!("file-object-store://{path}/a"), format!("{path}/b")] {
        let db = Database::connect(&uri).await.unwrap();
        let store: Store<Note> = db.store(Toy::new()).await.unwrap();
        store.add(line(10)).await.unwrap();
        db.drop_table("notes").await.unwrap();
        assert!(db.table_names().await.unwrap().is_empty(), "{uri}");
        let errors = [
            store.add([note(1, "1 2 3")]).await.map(drop),
            store.upsert([note(1, "1 2 3")]).await.map(drop),
            store.update().filter(|t| t.id.eq(1)).set(|t| t.topic, "set").await.map(drop),
            store.delete().filter(|t| t.id.eq(1)).await.map(drop),
            store.optimize().await.map(drop),
            store.create_indexes().await.map(drop),
        ];
        for (number, error) in errors.into_iter().enumerate() {
            let error = error.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TableNotFound, "{uri}, {number}: {error:?}");
        }
        assert!(db.table_names().await.unwrap().is_empty(), "{uri}");
        let again: Store<Note> = db.store(Toy::new()).await.unwrap();
        again.add(line(3)).await.unwrap();
        assert_eq!(again.search_all().order_by(|t| t.id.asc()).await.unwrap(), line(3), "{uri}");
    }
}
