#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use object_store::PutMode;
use tempfile::TempDir;
use tokio::time::timeout;

use super::super::tests::faulty::{Faults, Faulty};
use super::*;

/// Long enough for a file to be written.
const WRITTEN: Duration = Duration::from_millis(200);

struct Local {
    folder: TempDir,
    store: ObjectStore,
    faults: Arc<Faults>,
}

impl Local {
    fn new() -> Self {
        let mut store = ObjectStore::local();
        let (inner, faults) = (Arc::clone(&store.inner), Arc::<Faults>::default());
        store.inner = Arc::new(Faulty { inner, faults: Arc::clone(&faults) });
        Self { folder: tempfile::tempdir().unwrap(), store: whole_files(&store), faults }
    }

    fn path(&self, name: &str) -> Path {
        Path::from_absolute_path(self.folder.path().canonicalize().unwrap().join(name)).unwrap()
    }

    fn content(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.path().join(name)).ok()
    }

    async fn put_manifest(&self, name: &str) -> Result<PutResult> {
        self.store.inner.put_opts(&self.path(name), "manifest".into(), PutMode::Create.into()).await
    }
}

#[tokio::test]
async fn a_hint_is_replaced_in_place() {
    let local = Local::new();
    let hint = local.path(VERSION_HINT);
    let file = local.folder.path().join(VERSION_HINT);
    let mut files = Vec::new();
    for content in ["{\"version\":99}", "{\"version\":100}", "{\"version\":1}"] {
        local.store.put(&hint, content.as_bytes()).await.unwrap();
        assert_eq!(local.content(VERSION_HINT).unwrap(), content);
        files.push(same_file(&file));
    }
    assert!(files.windows(2).all(|pair| pair[0] == pair[1]), "{files:?}");
}

/// Returns a value that identifies a file, and not only its name.
#[cfg(unix)]
fn same_file(path: &std::path::Path) -> u64 {
    std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap())
}

#[cfg(not(unix))]
fn same_file(_: &std::path::Path) -> u64 {
    0
}

/// A hint that cannot be opened for writing, such as one of a different user.
#[cfg(unix)]
#[tokio::test]
async fn a_hint_that_cannot_be_written_is_replaced() {
    let local = Local::new();
    let file = local.folder.path().join(VERSION_HINT);
    std::os::unix::fs::symlink(local.folder.path().join("missing/file"), &file).unwrap();
    local.store.put(&local.path(VERSION_HINT), b"{\"version\":7}").await.unwrap();
    assert!(!file.is_symlink());
    assert_eq!(local.content(VERSION_HINT).as_deref(), Some("{\"version\":7}"));
}

#[tokio::test]
async fn other_files_appear_whole() {
    let local = Local::new();
    local.store.put(&local.path("data/1.lance"), b"rows").await.unwrap();
    assert_eq!(local.content("data/1.lance").as_deref(), Some("rows"));
    let names = std::fs::read_dir(local.folder.path().join("data")).unwrap().count();
    assert_eq!(names, 1, "a temporary file is left");
}

#[tokio::test]
async fn a_manifest_is_written_after_its_transaction() {
    // A catalog that manages versions copies the second file.
    for manifest in ["1.manifest", "1.manifest-5dc5"] {
        check_order(manifest).await;
    }
}

async fn check_order(manifest: &str) {
    let local = Local::new();
    *local.faults.held.lock().unwrap() = Some(".txn");
    // The put returns before the file is written.
    timeout(Duration::from_secs(60), local.store.put(&local.path("1.txn"), b"transaction"))
        .await
        .unwrap()
        .unwrap();
    {
        let mut put = Box::pin(local.put_manifest(manifest));
        assert!(timeout(WRITTEN, &mut put).await.is_err());
        assert_eq!((local.content("1.txn"), local.content(manifest)), (None, None));
        local.faults.permits.add_permits(1);
        put.await.unwrap();
    }
    assert_eq!(local.content("1.txn").as_deref(), Some("transaction"));
    assert_eq!(local.content(manifest).as_deref(), Some("manifest"));
}

#[tokio::test]
async fn without_its_transaction_a_manifest_is_not_written() {
    let local = Local::new();
    *local.faults.refused.lock().unwrap() = Some(".txn");
    local.store.put(&local.path("1.txn"), b"transaction").await.unwrap();
    let error = local.put_manifest("1.manifest").await.unwrap_err();
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert_eq!((local.content("1.txn"), local.content("1.manifest")), (None, None));
    *local.faults.refused.lock().unwrap() = None;
    local.put_manifest("1.manifest").await.unwrap();
    assert_eq!(local.content("1.manifest").as_deref(), Some("manifest"));
}

#[tokio::test]
async fn a_transaction_that_is_being_written_is_deleted() {
    let local = Local::new();
    let (store, path) = (local.store.clone(), local.path("1.txn"));
    *local.faults.held.lock().unwrap() = Some(".txn");
    store.put(&path, b"transaction").await.unwrap();
    let deletion = tokio::spawn({
        let path = path.clone();
        async move { store.delete(&path).await }
    });
    tokio::time::sleep(WRITTEN).await;
    local.faults.permits.add_permits(1);
    deletion.await.unwrap().unwrap();
    assert_eq!(local.content("1.txn"), None);
}

#[test]
fn the_store_of_a_bucket_is_not_changed() {
    let memory = ObjectStore::memory();
    let whole = whole_files(&memory);
    assert!(Arc::ptr_eq(&memory.inner, &whole.inner));
    assert_eq!(memory.store_prefix, whole.store_prefix);
}

#[test]
fn the_store_of_a_folder_keeps_its_name_and_writes_through_the_inner_store() {
    let local = ObjectStore::local();
    let whole = whole_files(&local);
    assert_eq!(local.store_prefix, whole.store_prefix);
    assert!(!whole.has_direct_local_paths() && is_local(&whole) && is_local(&local));
    assert_eq!((whole.block_size(), whole.io_parallelism()), (local.block_size(), local.io_parallelism()));
    assert!(!is_local(&ObjectStore::memory()));
}
