//! The state of a table's files, and the maintenance that keeps their number small.

mod layout;
mod plan;
mod step;
mod unfinished;
mod versions;

pub(crate) use self::plan::{Exclusions, MaintenanceStep, PlanSettings, next_step};
pub(crate) use self::step::WriterPolicy;
pub(crate) use self::versions::Retention;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use lance::dataset::Version;
use lance_io::local::to_local_path;
use lancedb::table::{CompactionOptions, Duration as Span, OptimizeAction, OptimizeOptions};

use super::error::{convert, is_not_found};
use super::{Table, TableLock};
use crate::error::{Error, ErrorKind, Result};

/// The maximum number of attempts to list the versions. An attempt fails if another process removes one of them during the
/// listing.
const LISTINGS: usize = 8;

/// The state of the files of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileState {
    pub(crate) rows: usize,
    /// The number of deleted rows that are still in the files.
    pub(crate) deleted: usize,
    pub(crate) fragments: usize,
    /// The number of fragments with fewer than 100,000 rows.
    pub(crate) small_fragments: usize,
    /// The time of each version that can still be read, oldest first.
    pub(crate) versions: Vec<SystemTime>,
    /// The size of the current version's files in bytes, including indexes.
    pub(crate) bytes: usize,
}

/// The number of fragments before and after a compaction.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Compacted {
    pub(crate) removed: usize,
    pub(crate) added: usize,
}

/// The number of removed versions, and the size of their files.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Removed {
    pub(crate) versions: u64,
    pub(crate) bytes: u64,
}

impl Table {
    /// Returns the state of the files. Reads the manifest of each version.
    pub(crate) async fn file_state(&self) -> Result<FileState> {
        let stats = self.raw().stats().await.map_err(convert)?;
        let versions = self.versions().await?;
        let mut versions: Vec<SystemTime> =
            versions.iter().map(|version| SystemTime::from(version.timestamp)).collect();
        versions.sort_unstable();
        Ok(FileState {
            rows: stats.num_rows,
            deleted: stats.num_deleted_rows.unwrap_or(0),
            fragments: stats.fragment_stats.num_fragments,
            small_fragments: stats.fragment_stats.num_small_fragments,
            versions,
            bytes: stats.total_bytes,
        })
    }

    /// Returns all versions. Lists them again if one was removed during the listing.
    async fn versions(&self) -> Result<Vec<Version>> {
        let mut attempt = 1;
        loop {
            match self.raw().list_versions().await {
                Err(error) if attempt < LISTINGS && is_not_found(&error) => attempt += 1,
                listed => return listed.map_err(convert),
            }
        }
    }

    /// Merges small fragments, and fragments with many deleted rows, into large ones, and updates the indexes.
    ///
    /// At first, writers are not blocked. If the compaction conflicts with their commits, it is repeated with the write
    /// lock held.
    pub(crate) async fn compact(&self, _lock: &TableLock) -> Result<Compacted> {
        match self.compact_once().await {
            Err(error) if error.kind() == ErrorKind::Conflict => {
                let _writers = self.write_lock().await?;
                self.with_retries(|| self.compact_once()).await
            }
            Err(error) => Err(self.with_damage_cause(error).await),
            done => done,
        }
    }

    async fn compact_once(&self) -> Result<Compacted> {
        let action = OptimizeAction::Compact { options: CompactionOptions::default(), remap_options: None };
        let stats = self.raw().optimize(action).await.map_err(convert)?;
        let compacted = stats
            .compaction
            .map(|done| Compacted { removed: done.fragments_removed, added: done.fragments_added });
        Ok(compacted.unwrap_or_default())
    }

    /// Adds rows to the indexes that do not cover them yet.
    pub(crate) async fn update_indexes(&self, _lock: &TableLock, names: Vec<String>) -> Result<()> {
        let update = || async {
            let mut options = OptimizeOptions::default();
            options.index_names = Some(names.clone());
            self.raw().optimize(OptimizeAction::Index(options)).await.map_err(convert)
        };
        self.with_retries(update).await.map(|_| ())
    }

    /// Removes versions older than `older_than`, except the current version and versions with a tag.
    ///
    /// Files that no version refers to stay until they are seven days old, because a write in progress may need them.
    pub(crate) async fn remove_versions(&self, _lock: &TableLock, older_than: Duration) -> Result<Removed> {
        let older_than = Span::from_std(older_than).map_err(|source| {
            let message = "the age of versions to keep is too large";
            Error::new(ErrorKind::InvalidInput, message)
                .with_help("pass a shorter duration")
                .with_source(source)
        })?;
        let action = OptimizeAction::Prune {
            older_than: Some(older_than),
            delete_unverified: None,
            error_if_tagged_old_versions: None,
        };
        let stats = self.raw().optimize(action).await.map_err(convert)?;
        self.remove_unfinished().await?;
        let removed =
            stats.prune.map(|done| Removed { versions: done.old_versions, bytes: done.bytes_removed });
        Ok(removed.unwrap_or_default())
    }

    /// Removes the temporary files of killed writes from a local folder.
    async fn remove_unfinished(&self) -> Result<()> {
        let Some(dataset) = self.raw().dataset() else { return Ok(()) };
        let dataset = dataset.get().await.map_err(convert)?;
        let store = dataset.object_store(None).await.map_err(|error| convert(error.into()))?;
        if store.has_direct_local_paths() {
            let folder = PathBuf::from(to_local_path(&dataset.branch_location().path));
            let removed = tokio::task::spawn_blocking(move || unfinished::remove_unfinished(&folder)).await;
            tracing::debug!(target: "datus_store", removed = removed.unwrap_or_default(), "temporary files were removed");
        }
        Ok(())
    }
}
