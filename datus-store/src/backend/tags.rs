//! Manages tags, which name versions of a table, and restores versions.

use std::sync::Arc;

use lance::dataset::Dataset;
use lance_core::Error as LanceError;

use super::commit::following;
use super::error::{causes, convert};
use super::write::spawn_uncancellable;
use super::{Table, TableLock};
use crate::error::{Error, ErrorKind, Result};

impl Table {
    /// Returns the name and the version of each tag, ordered by version and then by name.
    pub(crate) async fn tags(&self) -> Result<Vec<(String, u64)>> {
        let tags = self.raw().tags().await.map_err(convert)?;
        let tags = tags.list().await.map_err(convert)?;
        let mut tags: Vec<(String, u64)> = tags.into_iter().map(|(name, tag)| (name, tag.version)).collect();
        tags.sort_unstable_by(|(a, first), (b, second)| first.cmp(second).then_with(|| a.cmp(b)));
        Ok(tags)
    }

    /// Returns the version of a tag.
    ///
    /// # Errors
    /// `InvalidInput` if the table does not have the tag.
    pub(crate) async fn tagged_version(&self, tag: &str) -> Result<u64> {
        let tags = self.raw().tags().await.map_err(convert)?;
        tags.get_version(tag).await.map_err(|error| tag_error(error, tag))
    }

    /// Creates a tag for a version. The maintenance lock prevents the version from being removed before the tag exists.
    ///
    /// # Errors
    /// `InvalidInput` for a name that is taken or is not a valid tag name; `Expired` if the version does not exist.
    pub(crate) async fn create_tag(&self, _maintenance: &TableLock, tag: &str, version: u64) -> Result<()> {
        self.check_version_exists(version).await?;
        let mut tags = self.raw().tags().await.map_err(convert)?;
        tags.create(tag, version).await.map_err(|error| tag_error(error, tag))
    }

    /// Deletes a tag. Its version is kept until it is old enough to be removed.
    ///
    /// # Errors
    /// `InvalidInput` if the table does not have the tag.
    pub(crate) async fn delete_tag(&self, tag: &str) -> Result<()> {
        let mut tags = self.raw().tags().await.map_err(convert)?;
        tags.delete(tag).await.map_err(|error| tag_error(error, tag))
    }

    /// Fails if the table does not have the version.
    ///
    /// # Errors
    /// `Expired` if the version was removed; `InvalidInput` if it is newer than the newest version.
    pub(crate) async fn check_version_exists(&self, version: u64) -> Result<()> {
        let versions = match self.raw().dataset() {
            Some(handle) => {
                let dataset = handle.get().await.map_err(convert)?;
                let versions = dataset.version_refs().await.map_err(|error| convert(error.into()))?;
                versions.into_iter().map(|version| version.version).collect::<Vec<_>>()
            }
            None => {
                let versions = self.raw().list_versions().await.map_err(convert)?;
                versions.into_iter().map(|version| version.version).collect()
            }
        };
        if versions.contains(&version) {
            return Ok(());
        }
        let newest = versions.iter().max().copied().unwrap_or_default();
        let (kind, message, help) = match version > newest || version == 0 {
            true => (
                ErrorKind::InvalidInput,
                format!("the table has no version {version}: the newest is {newest}"),
                "`store.version()` and the results of writes contain version numbers",
            ),
            false => (
                ErrorKind::Expired,
                format!("version {version} of the table was removed because it was old"),
                "tag the versions to keep with `store.tag(…)`",
            ),
        };
        Err(Error::new(kind, message).with_help(help))
    }

    /// Creates a version with the rows, columns and indexes of an older one, in a commit that must directly follow `read`.
    /// Returns the number of the new version. Returns `None` and changes nothing if another commit follows `read`.
    pub(crate) async fn restore(
        &self,
        lock: &Arc<TableLock>,
        read: u64,
        version: u64,
    ) -> Result<Option<u64>> {
        let older = self.pinned(version).await?;
        let Some(handle) = older.raw().dataset() else { return Ok(None) };
        let mut dataset = Dataset::clone(&*handle.get().await.map_err(convert)?);
        let (table, lock) = (self.clone(), Arc::clone(lock));
        spawn_uncancellable(async move {
            let _lock = lock;
            let restored = following(read, dataset.restore()).await?;
            table.raw().checkout_latest().await.map_err(convert)?;
            Ok(restored.map(|()| dataset.manifest().version))
        })
        .await
    }
}

/// Converts an error about a tag.
fn tag_error(error: lancedb::Error, tag: &str) -> Error {
    let cause = causes(&error).find_map(|cause| match cause.downcast_ref::<LanceError>() {
        Some(LanceError::RefNotFound { .. }) => {
            Some((format!("the table has no tag `{}`", tag.escape_debug()), "`store.tags()` lists the tags"))
        }
        Some(LanceError::RefConflict { .. }) => Some((
            format!("the table already has the tag `{}`", tag.escape_debug()),
            "choose a different name, or delete the tag first with `store.delete_tag(…)`",
        )),
        Some(LanceError::InvalidRef { .. }) => Some((
            format!("a tag cannot have the name `{}`", tag.escape_debug()),
            "use letters, digits, `-`, `_`, and single `.` between other characters",
        )),
        _ => None,
    });
    match cause {
        Some((message, help)) => {
            Error::new(ErrorKind::InvalidInput, message).with_help(help).with_source(error)
        }
        None => convert(error),
    }
}
