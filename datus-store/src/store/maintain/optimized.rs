//! The steps of `optimize` and of maintenance, and their results.

use std::time::Duration;

/// The age above which a version is old. LanceDB's own `optimize` uses the same age.
pub(in crate::store) const OLD: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A step of [`Store::optimize`](crate::Store::optimize) and of [maintenance](crate::guide::maintenance).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OptimizeStep {
    /// Merges small fragments, and drops deleted rows.
    Compact,
    /// Adds to each index the rows that it does not cover.
    UpdateIndexes,
    /// Removes old versions and the files that only those versions need.
    RemoveVersions,
}

impl OptimizeStep {
    /// All steps, in the order in which they run.
    pub const ALL: [Self; 3] = [Self::Compact, Self::UpdateIndexes, Self::RemoveVersions];
}

/// The progress of an [`Optimize`](crate::Optimize).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptimizeProgress {
    /// The step.
    pub step: OptimizeStep,
    /// `true` at the end of the step, and `false` at its beginning.
    pub done: bool,
    /// The time since the operation began.
    pub elapsed: Duration,
}

/// The changes that [`Store::optimize`](crate::Store::optimize) or [maintenance](crate::guide::maintenance) made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Optimized {
    /// The number of fragments that were merged or rewritten.
    pub fragments_removed: usize,
    /// The number of fragments that replaced them.
    pub fragments_added: usize,
    /// The number of rows that were added to indexes, summed over all indexes.
    pub rows_indexed: usize,
    /// The number of versions that were removed.
    pub versions_removed: u64,
    /// The size of the files that were removed with them, in bytes.
    pub bytes_removed: u64,
}
