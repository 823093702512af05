//! Runs one step of maintenance, which makes its own commit.

use std::sync::Arc;

use lance::dataset::Dataset;
use lance::dataset::index::DatasetIndexRemapperOptions;
use lance::dataset::optimize::{CompactionOptions, CompactionTask, TaskData, commit_compaction};
use lancedb::table::{OptimizeAction, OptimizeOptions};

use super::super::error::convert;
use super::super::{Table, TableLock};
use super::Compacted;
use super::plan::{Compaction, IndexUpdate, MAX_ROWS};
use crate::error::Result;

/// The maximum number of bytes that a step may rewrite while it holds the write lock. That takes tens of milliseconds.
const LOCKED_BYTES: u64 = 32 << 20;
/// The maximum number of bytes that a step without indexes rewrites with the write lock at the first attempt. In a local
/// folder, that takes a few milliseconds, less than a second attempt would cost.
const QUICK_BYTES: u64 = 2 << 20;
/// The maximum number of rows in an index segment that a step may build while it holds the write lock.
const LOCKED_ROWS: u64 = 64 << 10;
/// The size of one batch in a rewrite, and the size of the read-ahead, in bytes.
const BATCH_BYTES: u64 = 4 << 20;
const READ_AHEAD: u64 = 64 << 20;

/// The behavior of writers during a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriterPolicy {
    /// Writers continue. The step fails if writers change the same rows.
    Continue,
    /// Writers wait during a small step. A large step runs as with `Continue`.
    BlockForSmallSteps,
}

impl Table {
    /// Rewrites the fragments into one. Returns `None` if one of them no longer exists.
    ///
    /// # Errors
    /// `Conflict` when a writer changed their rows in the meantime; `Engine` when the storage fails.
    pub(crate) async fn compact_fragments(
        &self,
        _maintenance: &TableLock,
        compaction: &Compaction,
        writers: WriterPolicy,
    ) -> Result<Option<Compacted>> {
        let Compaction { bytes, index_bytes, .. } = *compaction;
        let is_locked = match writers {
            WriterPolicy::Continue => index_bytes == 0 && bytes <= QUICK_BYTES && self.has_locks(),
            WriterPolicy::BlockForSmallSteps => bytes + index_bytes <= LOCKED_BYTES,
        };
        let mut write = if is_locked { Some(self.write_lock().await?) } else { None };
        let Some(handle) = self.raw().dataset() else { return Ok(None) };
        let dataset = handle.get().await.map_err(convert)?;
        let Some(task) = task(&dataset, compaction) else { return Ok(None) };
        let failed = |error: lance::Error| convert(error.into());
        let rewritten = task.execute(&dataset).await.map_err(failed)?;
        // If there is no index to rewrite, this commit is as quick as any other. With the lock, writers need no second attempt.
        if index_bytes == 0 && write.is_none() {
            write = Some(self.write_lock().await?);
        }
        let mut newest = Dataset::clone(&*handle.get().await.map_err(convert)?);
        let remapper = Arc::new(DatasetIndexRemapperOptions::default());
        let done = commit_compaction(&mut newest, vec![rewritten], remapper, &task.options).await;
        drop(write);
        let done = done.map_err(failed)?;
        handle.update(newest);
        Ok(Some(Compacted { removed: done.fragments_removed, added: done.fragments_added }))
    }

    /// Adds rows to the indexes that do not cover them yet.
    ///
    /// # Errors
    /// `Conflict` when other commits rewrote the same rows in the meantime; `Engine` when an index or the storage fails.
    pub(crate) async fn apply_index_update(
        &self,
        _maintenance: &TableLock,
        update: &IndexUpdate,
        writers: WriterPolicy,
    ) -> Result<()> {
        let _write = match writers {
            WriterPolicy::BlockForSmallSteps if update.segment_rows <= LOCKED_ROWS => {
                Some(self.write_lock().await?)
            }
            _ => None,
        };
        let options = OptimizeOptions::merge(update.merged).index_names(update.indexes.clone());
        self.raw().optimize(OptimizeAction::Index(options)).await.map_err(convert)?;
        Ok(())
    }
}

/// Returns the task that rewrites the fragments, or `None` if one of them no longer exists.
fn task(dataset: &Dataset, compaction: &Compaction) -> Option<CompactionTask> {
    let is_listed = |id: &u64| compaction.fragments.contains(id);
    let fragments: Vec<_> =
        dataset.fragments().iter().filter(|fragment| is_listed(&fragment.id)).cloned().collect();
    if fragments.len() != compaction.fragments.len() {
        return None;
    }
    let rows: u64 =
        fragments.iter().filter_map(|fragment| fragment.physical_rows).map(|rows| rows as u64).sum();
    let batch_rows = BATCH_BYTES / (compaction.bytes / rows.max(1)).max(1);
    let batch_rows = batch_rows.clamp(64, 8192);
    let options = CompactionOptions {
        target_rows_per_fragment: usize::try_from(MAX_ROWS).unwrap_or(usize::MAX),
        batch_size: usize::try_from(batch_rows).ok(),
        io_buffer_size: Some(READ_AHEAD),
        ..CompactionOptions::default()
    };
    Some(CompactionTask { task: TaskData { fragments }, read_version: dataset.manifest().version, options })
}
