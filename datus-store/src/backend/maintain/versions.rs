//! Removes old versions without reading all versions on every call.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use lance::dataset::Dataset;
use lance::dataset::cleanup::CleanupPolicy;

use super::super::error::convert;
use super::super::{Table, TableLock};
use super::Removed;
use crate::error::Result;

/// The minimum age at which a version may be removed because there are too many versions. A reader may pause between pages
/// for up to this time.
const MIN_AGE: Duration = Duration::from_secs(60 * 60);
/// The minimum number of removable versions that make a removal worth its cost: it reads the manifest of every version.
const MIN_REMOVED: usize = 16;
/// The divisor for removals: the number of removable versions must be at least the number of versions divided by this, so
/// that few manifests are read per removed version.
const REMOVED_DIVISOR: usize = 4;
/// The number of files to delete concurrently.
const DELETE_CONCURRENCY: usize = 4;

/// The versions that a table keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retention {
    /// The time for which a version is kept after its commit.
    pub(crate) age: Duration,
    /// The number of versions above which versions older than one hour are removed.
    pub(crate) max_versions: usize,
    /// `true` to remove versions even if only a few are removable.
    pub(crate) few: bool,
}

impl Table {
    /// Removes old versions, except versions with a tag, if enough versions are removable. Otherwise returns `None` after
    /// listing the versions and reading a few manifests.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub(crate) async fn remove_old_versions(
        &self,
        _maintenance: &TableLock,
        retention: &Retention,
    ) -> Result<Option<Removed>> {
        let Some(handle) = self.raw().dataset() else { return Ok(None) };
        let dataset = handle.get().await.map_err(convert)?;
        let failed = |error: lance::Error| convert(error.into());
        let versions = dataset.version_refs().await.map_err(failed)?;
        let versions: Vec<u64> = versions.into_iter().map(|version| version.version).collect();
        if versions.len() <= MIN_REMOVED && !retention.few {
            return Ok(None);
        }
        // The newest version is always kept.
        let earlier = versions.split_last().map_or(&[][..], |(_, earlier)| earlier);
        let now = SystemTime::now();
        let mut old = older(&dataset, earlier, now, retention.age).await?;
        let excess = versions.len().saturating_sub(retention.max_versions);
        if excess > old {
            old = old.max(excess.min(older(&dataset, earlier, now, MIN_AGE.min(retention.age)).await?));
        }
        let are_many = old >= MIN_REMOVED && old.saturating_mul(REMOVED_DIVISOR) >= versions.len();
        if old == 0 || !(are_many || retention.few) {
            return Ok(None);
        }
        let Some(&first_kept) = versions.get(old) else { return Ok(None) };
        // Versions with a tag are kept, so without this check they would be examined on every call.
        let tags = dataset.tags().list().await.map_err(failed)?;
        let tagged: HashSet<u64> =
            tags.values().map(|tag| tag.version).filter(|tag| *tag < first_kept).collect();
        let removable = old.saturating_sub(tagged.len());
        if removable == 0 || removable < MIN_REMOVED && !retention.few {
            return Ok(None);
        }
        let policy = CleanupPolicy {
            before_version: Some(first_kept),
            error_if_tagged_old_versions: false,
            ..CleanupPolicy::default()
        };
        let cleanup = dataset.cleanup(policy).with_delete_concurrency(DELETE_CONCURRENCY).map_err(failed)?;
        let done = cleanup.execute().await.map_err(failed)?;
        Ok(Some(Removed { versions: done.old_versions, bytes: done.bytes_removed }))
    }
}

/// Returns the number of versions that are older than `age`, by a binary search that reads one manifest per step.
async fn older(dataset: &Dataset, versions: &[u64], now: SystemTime, age: Duration) -> Result<usize> {
    let (mut low, mut high) = (0, versions.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let Some(&version) = versions.get(middle) else { break };
        // A version that disappeared in the meantime was removed because of its age.
        let is_old = match dataset.checkout_version(version).await {
            Ok(version) => {
                let made = SystemTime::from(version.version().timestamp);
                now.duration_since(made).is_ok_and(|passed| passed >= age)
            }
            Err(error) if error.is_not_found() => true,
            Err(error) => return Err(convert(error.into())),
        };
        if is_old {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
