//! Removing old versions without reading all of them each time.

use std::time::{Duration, SystemTime};

use lance::dataset::Dataset;
use lance::dataset::cleanup::CleanupPolicy;

use super::super::error::convert;
use super::super::{Table, Turn};
use super::Removed;
use crate::error::Result;

/// No version is removed for the number of versions before it is this old: time for a page of a reader that goes on.
const YOUNGEST: Duration = Duration::from_secs(60 * 60);
/// The least number of versions worth a removal, which reads the manifest of every version.
const LEAST_REMOVED: usize = 16;
/// Versions are removed when they are at least one in this many, so that a removal reads a few manifests for each that goes.
const REMOVED_PART: usize = 4;
/// The files that are deleted at the same time.
const DELETED_AT_ONCE: usize = 4;

/// The versions that a table keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retention {
    /// For how long after it was made.
    pub(crate) age: Duration,
    /// The number from which on older ones than an hour are removed.
    pub(crate) most: usize,
    /// `true` to remove few versions too.
    pub(crate) few: bool,
}

impl Table {
    /// Removes old versions, except those with a tag, where there are enough of them. Returns `None` where there are not: that
    /// costs one listing, and the time of a few versions.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub(crate) async fn remove_old_versions(
        &self,
        _maintenance: &Turn,
        retention: &Retention,
    ) -> Result<Option<Removed>> {
        let Some(handle) = self.raw().dataset() else { return Ok(None) };
        let dataset = handle.get().await.map_err(convert)?;
        let failed = |error: lance::Error| convert(error.into());
        let versions = dataset.version_refs().await.map_err(failed)?;
        let versions: Vec<u64> = versions.into_iter().map(|version| version.version).collect();
        if versions.len() <= LEAST_REMOVED && !retention.few {
            return Ok(None);
        }
        // The newest one stays.
        let earlier = versions.split_last().map_or(&[][..], |(_, earlier)| earlier);
        let now = SystemTime::now();
        let mut old = older(&dataset, earlier, now, retention.age).await?;
        let excess = versions.len().saturating_sub(retention.most);
        if excess > old {
            old = old.max(excess.min(older(&dataset, earlier, now, YOUNGEST.min(retention.age)).await?));
        }
        let are_many = old >= LEAST_REMOVED && old.saturating_mul(REMOVED_PART) >= versions.len();
        if old == 0 || !(are_many || retention.few) {
            return Ok(None);
        }
        let Some(&first_kept) = versions.get(old) else { return Ok(None) };
        let policy = CleanupPolicy {
            before_version: Some(first_kept),
            error_if_tagged_old_versions: false,
            ..CleanupPolicy::default()
        };
        let cleanup = dataset.cleanup(policy).with_delete_concurrency(DELETED_AT_ONCE).map_err(failed)?;
        let done = cleanup.execute().await.map_err(failed)?;
        Ok(Some(Removed { versions: done.old_versions, bytes: done.bytes_removed }))
    }
}

/// The number of versions that are older than `age`: a binary search that reads a manifest for each step.
async fn older(dataset: &Dataset, versions: &[u64], now: SystemTime, age: Duration) -> Result<usize> {
    let (mut low, mut high) = (0, versions.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let Some(&version) = versions.get(middle) else { break };
        // A version that is gone meanwhile was removed for its age.
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
