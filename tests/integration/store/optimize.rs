use std::time::Duration;

use datus_store::{Database, ErrorKind, OptimizeStep, Store};

use super::indexes::{ivf_flat, ivf_sq, points};
use super::{Note, ids, line, memory, note, notes, sorted_ids, unmaintained};
use crate::support::models::Toy;

#[tokio::test]
async fn rows_written_one_by_one_are_compacted() {
    let store: Store<Note> = unmaintained().await.store(Toy::new()).await.unwrap();
    for row in line(12) {
        store.upsert([row]).await.unwrap();
    }
    store.delete().filter(|t| t.id.lt(4)).await.unwrap();
    let done = store.optimize().await.unwrap();
    assert!(done.fragments_removed >= 8 && done.fragments_added == 1, "{done:?}");
    assert_eq!((done.versions_removed, done.rows_indexed), (0, 0));
    let health = store.health().await.unwrap();
    assert_eq!((health.rows, health.fragments, health.deleted_rows), (8, 1, 0));
    assert_eq!(ids(&store.search_all().order_by(|t| t.id.asc()).await.unwrap()), [4, 5, 6, 7, 8, 9, 10, 11]);
    assert_eq!(store.search("7 0 1").await.unwrap()[0].record.id, 7);
    let again = store.optimize().await.unwrap();
    assert_eq!((again.fragments_removed, again.fragments_added), (0, 0));
}

#[tokio::test]
async fn new_rows_are_folded_into_the_indexes() {
    let db = memory().await;
    let store: Store<ivf_sq::Point> = points(&db, 0..300).await;
    store.create_indexes().samples(20).await.unwrap();
    points::<ivf_sq::Point>(&db, 300..350).await;
    assert_eq!(store.health().await.unwrap().indexes[0].unindexed_rows, 50);
    let done = store.optimize().await.unwrap();
    assert_eq!(done.rows_indexed, 50);
    let health = store.health().await.unwrap();
    assert_eq!((health.indexes[0].unindexed_rows, health.indexes[0].indexed_rows), (0, 350), "{health}");
    for number in [3, 299, 300, 349] {
        let hits = store.search(format!("point {number}")).limit(5).await.unwrap();
        assert_eq!((hits[0].record.number, hits.len()), (number, 5));
    }
}

#[tokio::test]
async fn progress_reports_the_start_and_the_end_of_each_step() {
    let store = notes(Toy::new()).await;
    store.add(line(2)).await.unwrap();
    let mut told = Vec::new();
    let steps = [OptimizeStep::RemoveVersions, OptimizeStep::Compact];
    store.optimize().only(steps).progress(|now| told.push((now.step, now.done))).await.unwrap();
    let (compact, remove) = (OptimizeStep::Compact, OptimizeStep::RemoveVersions);
    assert_eq!(told, [(compact, false), (compact, true), (remove, false), (remove, true)]);
}

#[tokio::test]
async fn a_reader_of_a_removed_version_gets_an_error_of_kind_expired() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).without_small_writes().await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    for row in line(6) {
        store.add([row]).await.unwrap();
    }
    // The connection looks for new versions only once a day, so the store keeps reading this one.
    let reader =
        Database::connect(folder.path()).read_consistency(Duration::from_secs(86_400)).await.unwrap();
    let reader: Store<Note> = reader.store(Toy::new()).await.unwrap();
    assert_eq!(reader.count().await.unwrap(), 6);
    let done = store.optimize().keep_versions(Duration::ZERO).await.unwrap();
    assert!(done.versions_removed >= 6 && done.bytes_removed > 0, "{done:?}");
    assert_eq!(store.health().await.unwrap().versions, 1);

    for error in [
        reader.search_all().await.unwrap_err(),
        reader.search_all().filter(|t| t.id.ge(3)).count().await.unwrap_err(),
        reader.search("3 0 1").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Expired, "{error:?}");
        assert!(error.to_string().contains("a file of this version is gone"), "{error}");
    }
    assert_eq!(store.count().await.unwrap(), 6);
}

#[tokio::test]
async fn optimize_runs_alongside_writers_and_readers() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(20)).await.unwrap();
    let other = Database::connect(folder.path()).await.unwrap();
    let other: Store<Note> = other.store(Toy::new()).await.unwrap();
    let write = async {
        for id in 0..25 {
            other.upsert([note(id, "9 9 9")]).await.unwrap();
        }
    };
    let mend = async {
        for _ in 0..6 {
            store.optimize().await.unwrap();
        }
    };
    let read = async {
        for _ in 0..10 {
            assert!(store.search_all().await.unwrap().len() >= 20);
            assert!(store.search("3 0 1").limit(3).await.unwrap().len() == 3);
        }
    };
    tokio::join!(write, mend, read);
    let rows = store.search_all().await.unwrap();
    assert_eq!(sorted_ids(&rows), (0..25).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| row.text.as_deref() == Some("9 9 9")));
}

#[tokio::test]
async fn two_simultaneous_calls_of_optimize_leave_the_table_whole() {
    let folder = tempfile::tempdir().unwrap();
    let first = Database::connect(folder.path()).await.unwrap();
    let first: Store<ivf_flat::Point> = points(&first, 0..300).await;
    first.create_indexes().samples(10).await.unwrap();
    let second = Database::connect(folder.path()).await.unwrap();
    let second: Store<ivf_flat::Point> = points(&second, 300..340).await;
    let (one, two) =
        tokio::join!(async { first.optimize().await.unwrap() }, async { second.optimize().await.unwrap() });
    assert_eq!(one.rows_indexed + two.rows_indexed, 40);
    assert_eq!(first.count().await.unwrap(), 340);
    assert_eq!(first.search("point 320").await.unwrap()[0].record.number, 320);
}
