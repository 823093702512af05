//! Tests of commits in a local folder, whose manifest and version hint are written at the same time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use futures::TryStreamExt;
use lance_io::local::to_local_path;
use lance_table::io::commit::{ConditionalPutCommitHandler, write_manifest_file_to_path};
use tempfile::TempDir;

use super::super::tests::faulty::{Faults, Faulty};
use super::*;
use crate::backend::{ConnectOptions, Connection, Table};

/// A table in a folder, with two rows. The handler commits the table's next versions.
struct Local {
    folder: TempDir,
    base: Path,
    store: ObjectStore,
    faults: Arc<Faults>,
    handler: FollowingCommits,
    manifest: Manifest,
}

impl Local {
    /// Creates the table. Its version is 2.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let table = open(&folder).await;
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
        let ids = Arc::new(Int64Array::from(vec![1, 2]));
        let append = table.append(Arc::clone(&schema));
        assert!(append.send(RecordBatch::try_new(schema, vec![ids]).unwrap()).await);
        let lock = Arc::new(table.write_lock().await.unwrap());
        append.finish(&table).await.unwrap().commit(&lock, None).await.unwrap();
        let dataset = table.raw().dataset().unwrap().get().await.unwrap();
        let manifest = dataset.manifest().clone();

        let path = folder.path().canonicalize().unwrap();
        let handler = FollowingCommits::new(Arc::new(ConditionalPutCommitHandler), true);
        let base = Path::from_absolute_path(path.join("rows.lance")).unwrap();
        let mut store = ObjectStore::local();
        let (inner, faults) = (Arc::clone(&store.inner), Arc::<Faults>::default());
        store.inner = Arc::new(Faulty { inner, faults: Arc::clone(&faults) });
        assert!(handler.is_local(&store));
        Self { folder, base, store, faults, handler, manifest }
    }

    /// Commits a version with the rows of the table.
    async fn commit(&self, version: u64) -> std::result::Result<ManifestLocation, CommitError> {
        let mut manifest = self.manifest.clone();
        manifest.version = version;
        let (base, store, naming) = (&self.base, &self.store, ManifestNamingScheme::V2);
        let writer = write_manifest_file_to_path;
        self.handler.commit(&mut manifest, None, base, store, writer, naming, None).await
    }

    fn versions(&self) -> PathBuf {
        PathBuf::from(to_local_path(&self.base)).join("_versions")
    }

    /// Returns the contents of the hint file.
    fn hint(&self) -> Option<String> {
        std::fs::read_to_string(self.versions().join("latest_version_hint.json")).ok()
    }

    /// Returns the newest version as found by this handler, by a listing, and by readers that start at the hint.
    async fn newest(&self) -> [u64; 3] {
        let (base, store) = (&self.base, &self.store);
        let known = self.handler.resolve_latest_location(base, store).await.unwrap().version;
        let listed = ConditionalPutCommitHandler.resolve_latest_location(base, store).await.unwrap().version;
        let hinted = ConditionalPutCommitHandler.list_manifest_locations_since(base, store, 1);
        let hinted: Vec<ManifestLocation> = hinted.try_collect().await.unwrap();
        [known, listed, hinted[0].version]
    }

    /// Commits versions, starting with `first`, until this process can find the newest version without a listing. A commit
    /// that takes too long, for example on a busy machine, does not achieve this.
    async fn commit_until_known(&self, first: u64) -> u64 {
        for version in first..first + 100 {
            self.newest().await;
            self.commit(version).await.unwrap();
            if let Some(newest) = LATEST_VERSIONS.lookup(&self.base) {
                assert_eq!(newest.version, version);
                return version;
            }
        }
        panic!("no commit made the newest version known");
    }
}

async fn open(folder: &TempDir) -> Table {
    let connection = Connection::open(folder.path(), ConnectOptions::default()).await.unwrap();
    let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
    connection.open_or_create("rows", schema).await.unwrap()
}

#[tokio::test]
async fn a_failed_put_of_a_manifest_leaves_the_table_at_its_version() {
    let local = Local::new().await;
    assert_eq!(local.newest().await, [2; 3]);
    *local.faults.refused.lock().unwrap() = Some(".manifest");
    let error = local.commit(3).await.unwrap_err();
    assert!(
        matches!(&error, CommitError::OtherError(error) if error.to_string().contains("the disk is full"))
    );
    // The hint was written anyway, and it names a version that exists.
    assert_eq!(local.hint().as_deref(), Some(r#"{"version":2}"#));
    assert_eq!(local.newest().await, [2; 3]);
    let again = open(&local.folder).await;
    assert_eq!((again.version().await.unwrap(), again.rows().await.unwrap()), (2, 2));

    *local.faults.refused.lock().unwrap() = None;
    assert_eq!(local.commit(3).await.unwrap().version, 3);
    assert_eq!(local.newest().await, [3; 3]);
    let again = open(&local.folder).await;
    assert_eq!((again.version().await.unwrap(), again.rows().await.unwrap()), (3, 2));
}

#[tokio::test]
async fn a_version_that_exists_is_a_conflict_and_stays_as_it_was() {
    let local = Local::new().await;
    let committed = local.commit(3).await.unwrap();
    let file = to_local_path(&committed.path);
    assert_eq!(committed.size, Some(std::fs::metadata(&file).unwrap().len()));
    std::fs::write(&file, "the commit of another process").unwrap();
    assert!(matches!(local.commit(3).await, Err(CommitError::CommitConflict)));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "the commit of another process");
}

#[tokio::test]
async fn the_hint_names_the_version_before_and_the_first_version_has_none() {
    let local = Local::new().await;
    for version in 3..6 {
        local.commit(version).await.unwrap();
        assert_eq!(local.hint(), Some(format!(r#"{{"version":{}}}"#, version - 1)));
        assert_eq!(local.newest().await, [version; 3]);
    }
    std::fs::remove_dir_all(local.versions()).unwrap();
    local.commit(1).await.unwrap();
    assert_eq!(local.hint(), None);
}

#[tokio::test]
async fn a_hint_that_lags_or_runs_ahead_misleads_no_reader() {
    let local = Local::new().await;
    for version in 3..7 {
        local.commit(version).await.unwrap();
    }
    for hint in ["{\"version\":1}", "{\"version\":4}", "{\"version\":7}", "{\"version\":99}", "{}", ""] {
        std::fs::write(local.versions().join("latest_version_hint.json"), hint).unwrap();
        assert_eq!(local.newest().await, [6; 3], "{hint:?}");
        let again = open(&local.folder).await;
        assert_eq!((again.version().await.unwrap(), again.rows().await.unwrap()), (6, 2), "{hint:?}");
    }
}

#[tokio::test]
async fn the_versions_after_an_older_one_are_listed_also_if_the_newest_is_known() {
    let local = Local::new().await;
    let newest = local.commit_until_known(3).await;
    let since = |version| local.handler.list_manifest_locations_since(&local.base, &local.store, version);
    let versions = |locations: Vec<ManifestLocation>| -> Vec<u64> {
        locations.iter().map(|location| location.version).collect()
    };
    let listed = since(2).try_collect().await.unwrap();
    assert_eq!(versions(listed), (3..=newest).rev().collect::<Vec<u64>>());
    assert_eq!(versions(since(newest).try_collect().await.unwrap()), Vec::<u64>::new());
    // A commit by another process.
    let next = ManifestNamingScheme::V2.manifest_path(&local.base, newest + 1);
    let file = to_local_path(&ManifestNamingScheme::V2.manifest_path(&local.base, newest));
    std::fs::copy(file, to_local_path(&next)).unwrap();
    assert_eq!(versions(since(newest).try_collect().await.unwrap()), [newest + 1]);
}

#[tokio::test]
async fn a_deleted_table_is_forgotten() {
    let local = Local::new().await;
    local.commit_until_known(3).await;
    local.handler.delete(&local.base).await.unwrap();
    assert!(LATEST_VERSIONS.lookup(&local.base).is_none());
}

#[tokio::test]
async fn a_commit_that_does_not_follow_the_version_that_was_read_is_refused() {
    let local = Local::new().await;
    let error = READ.scope(1, local.commit(3)).await.unwrap_err();
    assert!(matches!(&error, CommitError::OtherError(_)), "{error:?}");
    assert_eq!(local.newest().await, [2; 3]);
    assert_eq!(READ.scope(2, local.commit(3)).await.unwrap().version, 3);
}
