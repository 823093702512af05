//! The file that names a version near the newest one. Programs that use the folder as an object store start from that
//! version.

use datus_store::{Database, Maintenance, Store};

use super::{Note, line, note};
use crate::support::models::Toy;

async fn open(uri: String) -> Store<Note> {
    let connect = Database::connect(uri).maintenance(Maintenance::off()).without_small_writes();
    connect.await.unwrap().store(Toy::new()).await.unwrap()
}

fn hint(version: u64) -> Option<String> {
    Some(format!("{{\"version\":{version}}}"))
}

#[tokio::test]
async fn a_hint_that_lags_runs_ahead_or_is_missing_misleads_no_reader_and_no_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    let as_folder = || open(path.clone());
    let as_objects = || open(format!("file-object-store://{path}"));
    let store = as_folder().await;
    for row in line(5) {
        store.add([row]).await.unwrap();
    }
    let (older, file) =
        (as_objects().await, folder.path().join("notes.lance/_versions/latest_version_hint.json"));
    let mut newest = store.version().await.unwrap();
    assert_eq!(std::fs::read_to_string(&file).ok(), hint(newest - 1));
    let hints: [fn(u64) -> Option<String>; 6] = [
        |_| hint(1),
        |newest| hint(newest - 3),
        |newest| hint(newest + 1),
        |_| hint(99),
        |_| Some(String::new()),
        |_| None,
    ];
    for (round, hint) in hints.into_iter().enumerate() {
        let hint = hint(newest);
        match &hint {
            Some(text) => std::fs::write(&file, text).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        let rows = 5 + 2 * round;
        for reader in [&store, &as_folder().await, &older, &as_objects().await] {
            let found = (reader.version().await.unwrap(), reader.count().await.unwrap());
            assert_eq!(found, (newest, rows), "{hint:?}");
        }
        let id = 100 + 2 * round as i64;
        older.add([note(id, "1 1 1")]).await.unwrap();
        store.upsert([note(id, "2 2 2"), note(id + 1, "1 1 1")]).await.unwrap();
        newest += 2;
        assert_eq!(older.get(id).await.unwrap(), Some(note(id, "2 2 2")), "{hint:?}");
    }
    assert_eq!(store.version().await.unwrap(), newest);
}
