use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use lance_core::{Error, Result};
use lance_io::object_store::ObjectStore;
use lance_table::format::{IndexMetadata, Manifest, Transaction, is_detached_version};
use lance_table::io::commit::{
    CommitError, CommitHandler, ManifestLocation, ManifestNamingScheme, ManifestWriter, PredecessorIdentity,
    write_version_hint,
};
use object_store::path::Path;
use object_store::{Error as RawError, ObjectStore as RawObjectStore, PutMode};

use super::newest::{LATEST_VERSIONS, located};
use super::whole_files::{is_local, whole_files};

tokio::task_local! {
    /// The version that this task's write read. The task's commit fails unless it creates the next version.
    pub(super) static READ: u64;
}

/// The error for a commit that does not follow the version that its write read.
#[derive(Debug)]
pub(super) struct Superseded {
    read: u64,
}

impl fmt::Display for Superseded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "another commit follows version {}", self.read)
    }
}

impl StdError for Superseded {}

/// A commit handler that refuses a commit unless it follows the version that its task read. It also finds the newest version of
/// a table in a local folder without listing the folder. Everything else is passed to the inner handler, including commits
/// by tasks that did not name a version.
#[derive(Debug)]
pub(super) struct FollowingCommits {
    inner: Arc<dyn CommitHandler>,
    /// `true` if the tables are in a local folder, so that object store paths are file system paths.
    in_folder: bool,
}

impl FollowingCommits {
    pub(super) fn new(inner: Arc<dyn CommitHandler>, in_folder: bool) -> Self {
        Self { inner, in_folder }
    }

    fn is_local(&self, store: &ObjectStore) -> bool {
        self.in_folder && is_local(store)
    }

    fn check(manifest: &Manifest) -> std::result::Result<(), CommitError> {
        match READ.try_with(|read| *read) {
            Ok(read) if manifest.version != read + 1 => {
                Err(CommitError::OtherError(Error::wrapped(Box::new(Superseded { read }))))
            }
            _ => Ok(()),
        }
    }
}

/// Commits like Lance's handler for local files, except that the version hint is written at the same time as the manifest.
/// The hint therefore names the previous version. Readers without this handler search upwards from there, as they do after
/// any commit that they have not seen.
async fn put_manifest(
    manifest: &mut Manifest,
    indices: Option<Vec<IndexMetadata>>,
    base: &Path,
    store: &ObjectStore,
    writer: ManifestWriter,
    naming: ManifestNamingScheme,
    transaction: Option<Transaction>,
) -> std::result::Result<ManifestLocation, CommitError> {
    let (memory, name) = (ObjectStore::memory(), Path::from("manifest"));
    writer(&memory, manifest, indices, &name, transaction).await?;
    let bytes = memory.read_one_all(&name).await?;
    let size = bytes.len() as u64;
    let path = naming.manifest_path(base, manifest.version);
    let put = store.inner.put_opts(&path, bytes.into(), PutMode::Create.into());
    let hint = async {
        if manifest.version > 1 {
            write_version_hint(&whole_files(store), base, manifest.version - 1).await;
        }
    };
    let (put, ()) = tokio::join!(put, hint);
    let put = put.map_err(|error| match error {
        RawError::AlreadyExists { .. } | RawError::Precondition { .. } => CommitError::CommitConflict,
        error => CommitError::OtherError(error.into()),
    })?;
    let version = manifest.version;
    Ok(ManifestLocation {
        version,
        path,
        size: Some(size),
        naming_scheme: naming,
        e_tag: put.e_tag,
        identity: None,
    })
}

// Methods with a default implementation are also forwarded, because the inner handler may override them.
#[async_trait]
impl CommitHandler for FollowingCommits {
    fn is_version_not_found_definitive(&self) -> bool {
        self.inner.is_version_not_found_definitive()
    }

    fn propagate_commit_error_after_success(&self) -> bool {
        self.inner.propagate_commit_error_after_success()
    }

    async fn resolve_latest_location(&self, base: &Path, store: &ObjectStore) -> Result<ManifestLocation> {
        if self.is_local(store) {
            return LATEST_VERSIONS.resolve(base, store, &*self.inner).await;
        }
        self.inner.resolve_latest_location(base, store).await
    }

    async fn resolve_version_location(
        &self,
        base: &Path,
        version: u64,
        store: &dyn RawObjectStore,
    ) -> Result<ManifestLocation> {
        // The tag equals the one that a listing returns. With a different tag, Lance would treat the manifest as a different
        // file and read it again.
        if self.in_folder
            && !is_detached_version(version)
            && let Some(location) = located(base, version, ManifestNamingScheme::V2)
        {
            return Ok(location);
        }
        self.inner.resolve_version_location(base, version, store).await
    }

    async fn version_exists(
        &self,
        base: &Path,
        version: u64,
        store: &dyn RawObjectStore,
        naming: ManifestNamingScheme,
    ) -> Result<bool> {
        self.inner.version_exists(base, version, store, naming).await
    }

    fn list_detached_manifest_locations<'a>(
        &self,
        base: &Path,
        store: &'a ObjectStore,
    ) -> BoxStream<'a, Result<ManifestLocation>> {
        self.inner.list_detached_manifest_locations(base, store)
    }

    fn list_manifest_locations<'a>(
        &self,
        base: &Path,
        store: &'a ObjectStore,
        descending: bool,
    ) -> BoxStream<'a, Result<ManifestLocation>> {
        self.inner.list_manifest_locations(base, store, descending)
    }

    fn list_manifest_locations_since<'a>(
        &self,
        base: &Path,
        store: &'a ObjectStore,
        version: u64,
    ) -> BoxStream<'a, Result<ManifestLocation>> {
        if self.is_local(store)
            && LATEST_VERSIONS.lookup(base).is_some_and(|newest| newest.version == version)
        {
            return stream::empty().boxed();
        }
        self.inner.list_manifest_locations_since(base, store, version)
    }

    async fn commit(
        &self,
        manifest: &mut Manifest,
        indices: Option<Vec<IndexMetadata>>,
        base: &Path,
        store: &ObjectStore,
        writer: ManifestWriter,
        naming: ManifestNamingScheme,
        transaction: Option<Transaction>,
    ) -> std::result::Result<ManifestLocation, CommitError> {
        Self::check(manifest)?;
        if !self.is_local(store) {
            return self.inner.commit(manifest, indices, base, store, writer, naming, transaction).await;
        }
        let commit = LATEST_VERSIONS.begin(base, manifest.version);
        let committed = put_manifest(manifest, indices, base, store, writer, naming, transaction).await?;
        if let Some(commit) = commit {
            commit.done(&committed);
        }
        // A put returns its file's tag in quotes, but a listing returns it without quotes. With the quotes, Lance would
        // read the version again.
        Ok(located(base, committed.version, naming).unwrap_or(committed))
    }

    fn supports_predecessor_condition(&self) -> bool {
        self.inner.supports_predecessor_condition()
    }

    async fn resolve_latest_identity(
        &self,
        base: &Path,
        store: &ObjectStore,
    ) -> Result<Option<PredecessorIdentity>> {
        self.inner.resolve_latest_identity(base, store).await
    }

    async fn resolve_identity(
        &self,
        base: &Path,
        store: &ObjectStore,
        version: u64,
    ) -> Result<Option<PredecessorIdentity>> {
        self.inner.resolve_identity(base, store, version).await
    }

    async fn commit_after(
        &self,
        manifest: &mut Manifest,
        indices: Option<Vec<IndexMetadata>>,
        base: &Path,
        store: &ObjectStore,
        writer: ManifestWriter,
        naming: ManifestNamingScheme,
        transaction: Option<Transaction>,
        predecessor: &PredecessorIdentity,
    ) -> std::result::Result<ManifestLocation, CommitError> {
        Self::check(manifest)?;
        self.inner
            .commit_after(manifest, indices, base, store, writer, naming, transaction, predecessor)
            .await
    }

    async fn forget_version(&self, base: &Path, version: u64, identity: &str) -> Result<()> {
        self.inner.forget_version(base, version, identity).await
    }

    async fn delete(&self, base: &Path) -> Result<()> {
        LATEST_VERSIONS.forget(base);
        self.inner.delete(base).await
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
