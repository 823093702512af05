//! The files of a job while the table is optimized.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use datus_store::{BulkJob, BulkPart, ErrorKind, Store};

use super::{count, data_files, line, open, write_all};
use crate::store::{Note, note};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Creates a table and a job whose parts are written. Returns them with the parts and their data files.
async fn written(folder: &std::path::Path) -> (Store<Note>, BulkJob<Note>, Vec<BulkPart>, Vec<PathBuf>) {
    let store = open(folder).await;
    store.add(line(5)).await.unwrap();
    let before = data_files(folder, "notes");
    let job = store.bulk().parts(2).start().await.unwrap();
    let parts = write_all(&store, &job, &line(25).split_off(5)).await;
    let mut files = data_files(folder, "notes");
    files.retain(|file| !before.contains(file));
    assert!(!files.is_empty());
    (store, job, parts, files)
}

/// Writes some rows, merges all fragments, and removes all versions except the newest.
async fn optimize(store: &Store<Note>) {
    for id in 100..103 {
        store.upsert([note(id, "1 1 1")]).await.unwrap();
    }
    store.optimize().keep_versions(Duration::ZERO).await.unwrap();
    assert_eq!(store.health().await.unwrap().versions, 1);
}

fn set_age(files: &[PathBuf], age: Duration) {
    for file in files {
        let file = File::options().write(true).open(file).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }
}

#[tokio::test]
async fn optimize_keeps_the_files_of_a_job_until_they_are_seven_days_old() {
    let folder = tempfile::tempdir().unwrap();
    let (store, job, parts, files) = written(folder.path()).await;
    for age in [Duration::ZERO, 6 * DAY + 23 * HOUR] {
        set_age(&files, age);
        optimize(&store).await;
        assert!(files.iter().all(|file| file.exists()), "after {age:?}");
    }
    set_age(&files, 5 * DAY + 23 * HOUR);
    store.commit_bulk(&job, &parts).await.unwrap();
    assert_eq!(count(&store).await, 28);

    let folder = tempfile::tempdir().unwrap();
    let (store, job, parts, files) = written(folder.path()).await;
    set_age(&files, 7 * DAY + HOUR);
    optimize(&store).await;
    assert!(!files.iter().any(|file| file.exists()));
    let error = store.commit_bulk(&job, &parts).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired);
    assert!(error.message().contains("was removed or is incomplete"), "{error}");
    assert_eq!(count(&store).await, 8);
}

#[tokio::test]
async fn files_that_cleanup_may_soon_remove_are_not_committed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, job, parts, files) = written(folder.path()).await;
    set_age(&files[..1], 6 * DAY + HOUR);
    let error = store.commit_bulk(&job, &parts).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired);
    assert!(error.message().contains("are 6 days old"), "{error}");
    // After its parts are written again, the job can be committed.
    let parts = write_all(&store, &job, &line(25).split_off(5)).await;
    store.commit_bulk(&job, &parts).await.unwrap();
    assert_eq!(count(&store).await, 25);
}

#[tokio::test]
async fn a_file_that_is_not_whole_is_not_committed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, job, parts, files) = written(folder.path()).await;
    let file = File::options().write(true).open(&files[0]).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    let error = store.commit_bulk(&job, &parts).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired, "{error:?}");
    std::fs::remove_file(&files[0]).unwrap();
    let error = store.commit_bulk(&job, &parts).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired, "{error:?}");
    assert_eq!(count(&store).await, 5);
}
