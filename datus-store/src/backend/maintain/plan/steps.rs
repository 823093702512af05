//! The settings and the steps of a plan.

use std::collections::HashSet;

/// The settings of the plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PlanSettings {
    /// The number of neighbors of similar size to merge.
    pub(crate) fanout: usize,
    /// The fraction of deleted rows above which a fragment is rewritten.
    pub(crate) deleted_fraction: f64,
    /// The number of rows that an index may leave out; `None` for a fraction of the table.
    pub(crate) unindexed: Option<u64>,
    /// `true` if nothing is being written. A step may then rewrite more rows to leave fewer fragments.
    pub(crate) is_idle: bool,
}

impl Default for PlanSettings {
    fn default() -> Self {
        Self { fanout: 3, deleted_fraction: 0.1, unindexed: None, is_idle: false }
    }
}

/// One step of maintenance, which makes its own commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MaintenanceStep {
    Compact(Compaction),
    UpdateIndexes(IndexUpdate),
}

/// Fragments to rewrite into one fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compaction {
    /// The ids of the fragments, in order. The fragments are neighbors.
    pub(crate) fragments: Vec<u64>,
    pub(crate) bytes: u64,
    /// The size in bytes of the index segments to rewrite with them.
    pub(crate) index_bytes: u64,
}

/// Indexes to extend with the rows that they do not cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexUpdate {
    pub(crate) indexes: Vec<String>,
    /// The number of segments, newest first, to merge with the new rows. If it is 0, the new rows get their own segment.
    pub(crate) merged: usize,
    /// The number of rows to add, over all indexes.
    pub(crate) rows: u64,
    /// The number of rows in the largest new segment.
    pub(crate) segment_rows: u64,
}

/// The fragments and indexes that a plan must not use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exclusions {
    pub(crate) compaction: bool,
    pub(crate) index_updates: bool,
    /// `true` to skip fragments that an index covers, because the index cannot be rewritten with them.
    pub(crate) covered: bool,
    pub(crate) fragments: HashSet<u64>,
    pub(crate) indexes: HashSet<String>,
    /// `true` to update one index at a time, so that a failing index does not block the others.
    pub(crate) one_index: bool,
    /// The number of merges since the last index update.
    pub(crate) merges: u32,
}

impl Exclusions {
    /// Updates the number of merges after a step.
    pub(crate) fn count(&mut self, step: &MaintenanceStep) {
        match step {
            MaintenanceStep::Compact(compaction) if compaction.index_bytes == 0 => self.merges += 1,
            MaintenanceStep::Compact(_) => {}
            MaintenanceStep::UpdateIndexes(_) => self.merges = 0,
        }
    }

    /// Excludes this step from later plans.
    pub(crate) fn exclude(&mut self, step: &MaintenanceStep) {
        match step {
            MaintenanceStep::Compact(compaction) => self.fragments.extend(&compaction.fragments),
            MaintenanceStep::UpdateIndexes(update) if update.indexes.len() > 1 => self.one_index = true,
            MaintenanceStep::UpdateIndexes(update) => self.indexes.extend(update.indexes.iter().cloned()),
        }
    }
}
