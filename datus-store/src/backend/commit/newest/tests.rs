#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod random;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;

use async_trait::async_trait;
use lance_table::format::{IndexMetadata, Manifest, Transaction};
use lance_table::io::commit::{CommitError, ConditionalPutCommitHandler, ManifestWriter};
use tempfile::TempDir;

use super::*;

/// Lance's own method of finding the newest version, which also counts its listings.
#[derive(Debug, Default)]
struct Listing(AtomicUsize);

#[async_trait]
impl CommitHandler for Listing {
    async fn resolve_latest_location(&self, base: &Path, store: &ObjectStore) -> Result<ManifestLocation> {
        self.0.fetch_add(1, Ordering::Relaxed);
        ConditionalPutCommitHandler.resolve_latest_location(base, store).await
    }

    async fn commit(
        &self,
        _: &mut Manifest,
        _: Option<Vec<IndexMetadata>>,
        _: &Path,
        _: &ObjectStore,
        _: ManifestWriter,
        _: ManifestNamingScheme,
        _: Option<Transaction>,
    ) -> std::result::Result<ManifestLocation, CommitError> {
        Err(CommitError::CommitConflict)
    }
}

/// The versions of a table, as files with arbitrary content.
struct Versions {
    _folder: TempDir,
    base: Path,
    store: ObjectStore,
    listing: Arc<Listing>,
}

impl Versions {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let base = Path::from_absolute_path(folder.path().canonicalize().unwrap()).unwrap().join("t.lance");
        let versions = Self { _folder: folder, base, store: ObjectStore::local(), listing: Arc::default() };
        versions.create();
        versions
    }

    fn create(&self) {
        std::fs::create_dir_all(versions(&self.base)).unwrap();
        self.commit(1);
    }

    fn file(&self, version: u64) -> PathBuf {
        file(&self.base, version, ManifestNamingScheme::V2)
    }

    /// Commits a version as object_store does. Returns `false` if the version already exists.
    fn commit(&self, version: u64) -> bool {
        let staged = versions(&self.base).join(format!("staged{:x}", fastrand::u64(..)));
        std::fs::write(&staged, vec![0; version as usize % 100]).unwrap();
        let first = std::fs::hard_link(&staged, self.file(version)).is_ok();
        std::fs::remove_file(&staged).unwrap();
        if first {
            std::fs::write(&staged, format!(r#"{{"version":{version}}}"#)).unwrap();
            std::fs::rename(&staged, versions(&self.base).join("latest_version_hint.json")).unwrap();
        }
        first
    }

    fn remove(&self, version: u64) {
        std::fs::remove_file(self.file(version)).unwrap();
    }

    async fn listed(&self) -> ManifestLocation {
        ConditionalPutCommitHandler.resolve_latest_location(&self.base, &self.store).await.unwrap()
    }

    /// Asserts that the newest version is the same as in a listing, and returns the number of listings that this took.
    async fn check(&self, newest: &LatestVersions) -> usize {
        let listings = self.listing.0.load(Ordering::Relaxed);
        let found = newest.resolve(&self.base, &self.store, &*self.listing).await.unwrap();
        let listed = self.listed().await;
        assert_eq!(
            (found.version, &found.path, found.size, &found.e_tag, found.naming_scheme),
            (listed.version, &listed.path, listed.size, &listed.e_tag, listed.naming_scheme)
        );
        self.listing.0.load(Ordering::Relaxed) - listings
    }

    /// Waits until the state of the folder has settled.
    fn settle(&self) {
        sleep(FolderState::of(&versions(&self.base)).unwrap().settles_in() * 2);
    }

    /// Returns a cache that answers without a listing.
    async fn known(&self) -> LatestVersions {
        let newest = patient();
        self.check(&newest).await;
        self.settle();
        self.check(&newest).await;
        assert_eq!(self.check(&newest).await, 0, "the state has settled");
        newest
    }
}

/// Returns a cache whose answers do not depend on how busy the machine is.
fn patient() -> LatestVersions {
    LatestVersions { window: Duration::MAX, ..LatestVersions::default() }
}

#[tokio::test]
async fn an_unchanged_table_is_listed_until_its_folder_has_settled_and_not_again() {
    let table = Versions::new();
    let newest = LatestVersions::default();
    assert_eq!(table.check(&newest).await, 1);
    assert_eq!(table.check(&newest).await, 1, "a change in the same tick could be missed");
    table.settle();
    assert!(table.check(&newest).await <= 1);
    for _ in 0..10 {
        assert_eq!(table.check(&newest).await, 0);
    }
}

#[tokio::test]
async fn versions_of_others_are_seen_whichever_were_removed() {
    let table = Versions::new();
    let newest = table.known().await;
    table.commit(2);
    table.check(&newest).await;
    // A tagged version remains, and the version after it is removed.
    table.settle();
    table.check(&newest).await;
    table.commit(3);
    table.commit(4);
    table.remove(3);
    table.check(&newest).await;
}

#[tokio::test]
async fn a_version_that_was_written_over_has_its_new_tag() {
    let table = Versions::new();
    let newest = table.known().await;
    std::fs::write(table.file(1), "other").unwrap();
    assert_eq!(table.check(&newest).await, 0);
}

#[tokio::test]
async fn a_table_that_took_the_place_of_another_is_not_taken_for_it() {
    let table = Versions::new();
    for _ in 0..3 {
        table.commit(2);
        let newest = table.known().await;
        std::fs::remove_dir_all(versions(&table.base)).unwrap();
        let gone = newest.resolve(&table.base, &table.store, &*table.listing).await;
        assert!(gone.is_err());
        table.create();
        table.check(&newest).await;
    }
}

#[tokio::test]
async fn a_commit_of_this_process_is_known_without_a_listing() {
    let table = Versions::new();
    let newest = table.known().await;
    for version in 2..20 {
        let commit = newest.begin(&table.base, version).unwrap();
        assert_eq!(table.check(&newest).await, 0);
        table.commit(version);
        assert_eq!(table.check(&newest).await, 0, "while the commit is in progress");
        commit.done(&table.listed().await);
        assert_eq!(table.check(&newest).await, 0);
    }
}

#[tokio::test]
async fn a_commit_that_followed_an_old_listing_is_known_too() {
    let table = Versions::new();
    let newest = patient();
    table.check(&newest).await;
    let commit = newest.begin(&table.base, 2).unwrap();
    table.commit(2);
    commit.done(&table.listed().await);
    assert_eq!(table.check(&newest).await, 0);
}

#[tokio::test]
async fn a_commit_with_another_one_in_between_is_not_taken_for_the_newest() {
    let table = Versions::new();
    let newest = table.known().await;
    // Another process commits first.
    let commit = newest.begin(&table.base, 2).unwrap();
    table.commit(2);
    drop(commit);
    table.check(&newest).await;
    // Another process commits the next version before this commit is recorded.
    let newest = table.known().await;
    let commit = newest.begin(&table.base, 3).unwrap();
    table.commit(3);
    let mine = table.listed().await;
    table.commit(4);
    table.check(&newest).await;
    commit.done(&mine);
    table.check(&newest).await;
    // The commit does not follow the known version.
    assert!(newest.begin(&table.base, 9).is_none());
    // Two commits follow, and a cleanup removes all versions except the newest.
    let newest = table.known().await;
    let commit = newest.begin(&table.base, 5).unwrap();
    table.commit(5);
    let mine = table.listed().await;
    table.commit(6);
    table.commit(7);
    for version in 1..7 {
        table.remove(version);
    }
    table.check(&newest).await;
    commit.done(&mine);
    table.check(&newest).await;
}

#[tokio::test]
async fn a_commit_that_took_long_is_not_kept() {
    let table = Versions::new();
    let newest = LatestVersions { window: Duration::ZERO, ..table.known().await };
    let commit = newest.begin(&table.base, 2).unwrap();
    table.commit(2);
    assert_eq!(table.check(&newest).await, 1);
    commit.done(&table.listed().await);
    assert_eq!(table.check(&newest).await, 1);
}

#[tokio::test]
async fn a_commit_is_not_kept_where_the_hint_is_that_of_another() {
    let table = Versions::new();
    let newest = table.known().await;
    let commit = newest.begin(&table.base, 2).unwrap();
    table.commit(2);
    let mine = table.listed().await;
    table.commit(3);
    table.commit(4);
    // A cleanup keeps tagged versions.
    table.remove(3);
    commit.done(&mine);
    table.check(&newest).await;
}

#[tokio::test]
async fn a_commit_is_not_kept_if_the_hint_is_unreadable() {
    let table = Versions::new();
    for (hint, is_kept) in
        [(r#"{"version":2}"#, true), (r#"{"version":"#, false), ("", false), (r#"{"version":3}"#, false)]
    {
        std::fs::write(versions(&table.base).join("latest_version_hint.json"), hint).unwrap();
        assert_eq!(is_hint_at_most(&table.base, 2), is_kept, "{hint:?}");
    }
    std::fs::remove_file(versions(&table.base).join("latest_version_hint.json")).unwrap();
    assert!(is_hint_at_most(&table.base, 2));
}

#[tokio::test]
async fn a_commit_is_not_kept_where_another_one_follows_it() {
    let table = Versions::new();
    let newest = table.known().await;
    let commit = newest.begin(&table.base, 2).unwrap();
    table.commit(2);
    let mine = table.listed().await;
    table.commit(3);
    // The hint of this commit was written last.
    std::fs::write(versions(&table.base).join("latest_version_hint.json"), r#"{"version":2}"#).unwrap();
    commit.done(&mine);
    table.check(&newest).await;
}

#[tokio::test]
async fn a_table_on_a_file_system_without_reliable_times_is_always_listed() {
    let table = Versions::new();
    let newest = table.known().await;
    newest.tables().get_mut(&table.base).unwrap().reliable = false;
    assert!(newest.begin(&table.base, 2).is_none());
    table.commit(2);
    for _ in 0..3 {
        assert_eq!(table.check(&newest).await, 1);
        table.settle();
    }
}

#[tokio::test]
async fn as_many_tables_are_kept_as_there_is_room_for() {
    let table = Versions::new();
    let newest = table.known().await;
    let entry = newest.entry(&table.base).unwrap();
    for other in 0..TABLES + 10 {
        let other = table.base.clone().join(other.to_string());
        std::fs::create_dir_all(versions(&other)).unwrap();
        newest.keep(&other, entry.clone());
        newest.entry(&table.base);
    }
    assert_eq!(newest.tables().len(), TABLES);
    assert!(newest.entry(&table.base).is_some(), "its entry was used throughout");
}
