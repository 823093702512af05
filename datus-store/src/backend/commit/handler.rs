use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use lance_core::{Error, Result};
use lance_io::object_store::ObjectStore;
use lance_table::format::{IndexMetadata, Manifest, Transaction};
use lance_table::io::commit::{
    CommitError, CommitHandler, ManifestLocation, ManifestNamingScheme, ManifestWriter, PredecessorIdentity,
};
use object_store::ObjectStore as RawObjectStore;
use object_store::path::Path;

use super::{READ, Superseded};

/// A commit handler that refuses a commit which does not follow the version that its task read. All else, and commits of
/// tasks that named no version, it passes on.
#[derive(Debug)]
pub(super) struct FollowingCommits(pub(super) Arc<dyn CommitHandler>);

impl FollowingCommits {
    fn check(manifest: &Manifest) -> std::result::Result<(), CommitError> {
        match READ.try_with(|read| *read) {
            Ok(read) if manifest.version != read + 1 => {
                Err(CommitError::OtherError(Error::wrapped(Box::new(Superseded { read }))))
            }
            _ => Ok(()),
        }
    }
}

// Every method is passed on, also those with a default: the handler inside may have its own.
#[async_trait]
impl CommitHandler for FollowingCommits {
    fn is_version_not_found_definitive(&self) -> bool {
        self.0.is_version_not_found_definitive()
    }

    fn propagate_commit_error_after_success(&self) -> bool {
        self.0.propagate_commit_error_after_success()
    }

    async fn resolve_latest_location(&self, base: &Path, store: &ObjectStore) -> Result<ManifestLocation> {
        self.0.resolve_latest_location(base, store).await
    }

    async fn resolve_version_location(
        &self,
        base: &Path,
        version: u64,
        store: &dyn RawObjectStore,
    ) -> Result<ManifestLocation> {
        self.0.resolve_version_location(base, version, store).await
    }

    async fn version_exists(
        &self,
        base: &Path,
        version: u64,
        store: &dyn RawObjectStore,
        naming: ManifestNamingScheme,
    ) -> Result<bool> {
        self.0.version_exists(base, version, store, naming).await
    }

    fn list_detached_manifest_locations<'a>(
        &self,
        base: &Path,
        store: &'a ObjectStore,
    ) -> BoxStream<'a, Result<ManifestLocation>> {
        self.0.list_detached_manifest_locations(base, store)
    }

    fn list_manifest_locations<'a>(
        &self,
        base: &Path,
        store: &'a ObjectStore,
        descending: bool,
    ) -> BoxStream<'a, Result<ManifestLocation>> {
        self.0.list_manifest_locations(base, store, descending)
    }

    fn list_manifest_locations_since<'a>(
        &self,
        base: &Path,
        store: &'a ObjectStore,
        version: u64,
    ) -> BoxStream<'a, Result<ManifestLocation>> {
        self.0.list_manifest_locations_since(base, store, version)
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
        self.0.commit(manifest, indices, base, store, writer, naming, transaction).await
    }

    fn supports_predecessor_condition(&self) -> bool {
        self.0.supports_predecessor_condition()
    }

    async fn resolve_latest_identity(
        &self,
        base: &Path,
        store: &ObjectStore,
    ) -> Result<Option<PredecessorIdentity>> {
        self.0.resolve_latest_identity(base, store).await
    }

    async fn resolve_identity(
        &self,
        base: &Path,
        store: &ObjectStore,
        version: u64,
    ) -> Result<Option<PredecessorIdentity>> {
        self.0.resolve_identity(base, store, version).await
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
        self.0.commit_after(manifest, indices, base, store, writer, naming, transaction, predecessor).await
    }

    async fn forget_version(&self, base: &Path, version: u64, identity: &str) -> Result<()> {
        self.0.forget_version(base, version, identity).await
    }

    async fn delete(&self, base: &Path) -> Result<()> {
        self.0.delete(base).await
    }
}
