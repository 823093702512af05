//! Fault 6: the lock file belonged to the user who wrote first.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use datus_store::{ErrorKind, Store};

use super::super::{Note, note};
use super::{filled, lock_file, open};
use crate::support::process::{self, Test, this_test};

/// The id of a user without special permissions.
const NOBODY: u32 = 65534;

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn is_root(folder: &Path) -> bool {
    std::fs::metadata(folder).unwrap().uid() == 0
}

/// Creates a table of ten rows in a folder that all users may write to, as a program with `umask 000` would.
async fn shared(test: Test) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    set_mode(folder.path(), 0o777);
    process::passed(process::start_after("umask 000", test, folder.path(), FILL)).await;
    folder
}

/// A task for another process, like `ADD` and `BE_REFUSED`.
const FILL: &str = "fill";
const ADD: &str = "add";
const BE_REFUSED: &str = "be refused";

/// Runs a task in a child process, in its current folder.
async fn run(task: &str) {
    match task {
        FILL => drop(filled(Path::new("data"), 10).await),
        ADD => assert_eq!(add_one(Path::new(""), 20).await.unwrap(), 1),
        BE_REFUSED => is_not_permitted(Path::new("")).await,
        _ => panic!("{task}"),
    }
}

async fn add_one(folder: &Path, id: i64) -> datus_store::Result<usize> {
    let store: Store<Note> = open(&folder.join("data")).await;
    store.add([note(id, "1 2 3")]).await.map(|added| added.rows)
}

async fn is_not_permitted(folder: &Path) {
    let error = add_one(folder, 20).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine);
    assert!(error.message().contains(".datus-write.notes.lock"), "{error}");
    assert!(error.message().contains("not permitted"), "{error}");
}

#[tokio::test]
async fn the_umask_determines_who_may_use_the_lock_file() {
    if let Some(task) = process::argument() {
        return run(&task).await;
    }
    let folder = shared(this_test!()).await;
    let mode = std::fs::metadata(lock_file(&folder.path().join("data"))).unwrap().mode();
    assert_eq!(mode & 0o777, 0o666);
}

#[tokio::test]
async fn a_read_only_lock_file_is_locked() {
    if let Some(task) = process::argument() {
        return run(&task).await;
    }
    let folder = shared(this_test!()).await;
    let file = lock_file(&folder.path().join("data"));
    if is_root(folder.path()) {
        // Root may write whatever the file mode is, so a different user tries it.
        set_mode(&file, 0o644);
        process::passed(process::start_as(NOBODY, this_test!(), folder.path(), ADD)).await;
    } else {
        set_mode(&file, 0o444);
        assert_eq!(add_one(folder.path(), 20).await.unwrap(), 1);
    }
    assert_eq!(open(&folder.path().join("data")).await.count().await.unwrap(), 11);
}

#[tokio::test]
async fn an_error_names_a_lock_file_that_may_not_be_opened() {
    if let Some(task) = process::argument() {
        return run(&task).await;
    }
    let folder = shared(this_test!()).await;
    let file = lock_file(&folder.path().join("data"));
    if is_root(folder.path()) {
        set_mode(&file, 0o600);
        process::passed(process::start_as(NOBODY, this_test!(), folder.path(), BE_REFUSED)).await;
    } else {
        set_mode(&file, 0o000);
        is_not_permitted(folder.path()).await;
    }
    assert_eq!(open(&folder.path().join("data")).await.count().await.unwrap(), 10);
}
