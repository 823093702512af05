//! One step of maintenance, which commits by itself.

use std::sync::Arc;

use lance::dataset::Dataset;
use lance::dataset::index::DatasetIndexRemapperOptions;
use lance::dataset::optimize::{CompactionOptions, CompactionTask, TaskData, commit_compaction};
use lancedb::table::{OptimizeAction, OptimizeOptions};

use super::super::error::convert;
use super::super::{Table, Turn};
use super::Compacted;
use super::plan::{Compaction, Fold, MOST_ROWS};
use crate::error::Result;

/// The most bytes that a step may rewrite while it holds the write lock: some tens of milliseconds.
const LOCKED_BYTES: u64 = 32 << 20;
/// The most rows of an index segment that is built while the write lock is held.
const LOCKED_ROWS: u64 = 64 << 10;
/// The bytes of a batch that a rewrite reads, and of what it reads ahead.
const BATCH_BYTES: u64 = 4 << 20;
const READ_AHEAD: u64 = 64 << 20;

/// The way in which a step is kept apart from writers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writers {
    /// They go on, and the step is lost where they change the same rows.
    GoOn,
    /// They wait while a small step is made; a large one is made as with `GoOn`.
    WaitForSmall,
}

impl Table {
    /// Rewrites the fragments into one. Returns `None` where they are not there any more.
    ///
    /// # Errors
    /// `Conflict` when a writer changed their rows meanwhile; `Engine` when the storage fails.
    pub(crate) async fn compact_fragments(
        &self,
        _maintenance: &Turn,
        compaction: &Compaction,
        writers: Writers,
    ) -> Result<Option<Compacted>> {
        let Compaction { bytes, index_bytes, .. } = *compaction;
        let is_small = bytes + index_bytes <= LOCKED_BYTES;
        let mut write = match writers {
            Writers::WaitForSmall if is_small => Some(self.turn().await?),
            _ => None,
        };
        let Some(handle) = self.raw().dataset() else { return Ok(None) };
        let dataset = handle.get().await.map_err(convert)?;
        let Some(task) = task(&dataset, compaction) else { return Ok(None) };
        let failed = |error: lance::Error| convert(error.into());
        let rewritten = task.execute(&dataset).await.map_err(failed)?;
        // The commit of rows without an index takes as long as any. With the lock no writer has to make its own again.
        if index_bytes == 0 && write.is_none() {
            write = Some(self.turn().await?);
        }
        let mut newest = Dataset::clone(&*handle.get().await.map_err(convert)?);
        let remapper = Arc::new(DatasetIndexRemapperOptions::default());
        let done = commit_compaction(&mut newest, vec![rewritten], remapper, &task.options).await;
        drop(write);
        let done = done.map_err(failed)?;
        handle.update(newest);
        Ok(Some(Compacted { removed: done.fragments_removed, added: done.fragments_added }))
    }

    /// Takes the rows that the indexes do not cover into them.
    ///
    /// # Errors
    /// `Conflict` when other commits rewrote the same rows meanwhile; `Engine` when an index or the storage fails.
    pub(crate) async fn fold(&self, _maintenance: &Turn, fold: &Fold, writers: Writers) -> Result<()> {
        let _write = match writers {
            Writers::WaitForSmall if fold.segment_rows <= LOCKED_ROWS => Some(self.turn().await?),
            _ => None,
        };
        let options = OptimizeOptions::merge(fold.merged).index_names(fold.indexes.clone());
        self.raw().optimize(OptimizeAction::Index(options)).await.map_err(convert)?;
        Ok(())
    }
}

/// The rewrite of the fragments; `None` where one of them is gone.
fn task(dataset: &Dataset, compaction: &Compaction) -> Option<CompactionTask> {
    let is_one = |id: &u64| compaction.fragments.contains(id);
    let fragments: Vec<_> =
        dataset.fragments().iter().filter(|fragment| is_one(&fragment.id)).cloned().collect();
    if fragments.len() != compaction.fragments.len() {
        return None;
    }
    let rows: u64 =
        fragments.iter().filter_map(|fragment| fragment.physical_rows).map(|rows| rows as u64).sum();
    let batch_rows = BATCH_BYTES / (compaction.bytes / rows.max(1)).max(1);
    let batch_rows = batch_rows.clamp(64, 8192);
    let options = CompactionOptions {
        target_rows_per_fragment: usize::try_from(MOST_ROWS).unwrap_or(usize::MAX),
        batch_size: usize::try_from(batch_rows).ok(),
        io_buffer_size: Some(READ_AHEAD),
        ..CompactionOptions::default()
    };
    Some(CompactionTask { task: TaskData { fragments }, read_version: dataset.manifest().version, options })
}
