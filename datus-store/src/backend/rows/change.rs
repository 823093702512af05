use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch};
use lance::dataset::transaction::{Operation, Transaction};
use lance::dataset::{CommitBuilder, InsertBuilder, WriteMode, WriteParams};
use lance_table::format::Fragment;
use tracing::Instrument;

use super::super::append::remove_files;
use super::super::commit::following;
use super::super::error::convert;
use super::super::write::flatten_join;
use super::super::{Table, TableLock};
use super::deleted::Deleted;
use super::{DatasetVersion, addresses, combine, files, merge_fragments, offsets, parts};
use crate::error::{Error, ErrorKind, Result};

/// The changes that a write makes to the rows of a version.
pub(crate) struct RowChange {
    /// The addresses of rows to delete. All of them must exist in the version.
    pub(crate) delete: Vec<u64>,
    /// The rows to add, with all columns of the table. It can be empty.
    pub(crate) rows: RecordBatch,
    /// `true` to rewrite the rows of small fragments together with the new rows.
    pub(crate) merges: bool,
}

/// The files that a change writes, and the fragments that it removes.
struct FilePlan {
    /// The fragments whose remaining rows are rewritten.
    merged: Vec<u64>,
    /// The offsets of further rows to delete, by fragment.
    deleted: BTreeMap<u64, Vec<u32>>,
    /// The rows of the new fragment.
    rows: RecordBatch,
}

impl Table {
    /// Changes rows in one commit that must directly follow the version. Returns the new version. Returns `None` and changes
    /// nothing if another commit follows that version.
    ///
    /// The caller must hold the lock and must not cancel this call.
    pub(crate) async fn change_rows(
        &self,
        _lock: &Arc<TableLock>,
        at: &DatasetVersion,
        change: RowChange,
    ) -> Result<Option<u64>> {
        let FilePlan { merged: mut removed, deleted, rows } = at.planned(change).await?;
        let store = at.dataset.object_store(None).await.map_err(|error| convert(error.into()))?;
        let writes = at.for_writes().await?;
        // The data file and the deletion files are encoded on different cores.
        let deleted = async {
            if deleted.is_empty() {
                return Ok(Deleted::default());
            }
            let writes = writes.clone();
            let task = async move { writes.delete(deleted).await };
            flatten_join(tokio::spawn(task.in_current_span()).await)
        };
        let (deleted, inserted) = futures::join!(deleted, writes.write(&rows));
        let inserted = inserted?;
        let deleted = match deleted {
            Ok(deleted) => deleted,
            Err(error) => {
                remove_files(&at.dataset, &inserted).await;
                return Err(error);
            }
        };
        removed.extend(deleted.removed);
        let new = inserted.clone();
        let operation = match removed.is_empty() && deleted.updated.is_empty() {
            true => Operation::Append { fragments: new },
            false => Operation::Update {
                removed_fragment_ids: removed,
                updated_fragments: deleted.updated,
                new_fragments: new,
                fields_modified: Vec::new(),
                compacted_sstables: Vec::new(),
                // Rows are moved, not changed in place, so each index still covers the same fragments.
                fields_for_preserving_frag_bitmap: Vec::new(),
                update_mode: None,
                inserted_rows_filter: None,
                updated_fragment_offsets: None,
            },
        };
        let transaction = Transaction::new(at.version(), operation, None);
        let commit = CommitBuilder::new(Arc::clone(&writes.dataset)).execute(transaction);
        let Some(committed) = following(at.version(), commit).await? else {
            remove_files(&at.dataset, &inserted).await;
            return Ok(None);
        };
        // Reads use the table's own store.
        let committed = committed.with_object_store(store, None);
        let version = committed.version().version;
        if let (Some(last), [new]) = (committed.fragments().last(), inserted.as_slice())
            && files(last) == files(new)
            && merge_fragments::is_small(last)
        {
            at.recent.set_tail(files(last), committed.schema().field_ids(), rows);
        }
        if let Some(current) = self.raw().dataset() {
            current.update(committed);
        }
        Ok(Some(version))
    }
}

impl DatasetVersion {
    /// Decides which fragments a change replaces, and reads their rows.
    async fn planned(&self, change: RowChange) -> Result<FilePlan> {
        let RowChange { delete, rows, merges } = change;
        let fragments = self.unindexed_fragments().await?;
        let bytes = rows.get_array_memory_size() as u64;
        let merged = match rows.num_rows() {
            0 => 0,
            _ if !merges => 0,
            count => merge_fragments::fragments_to_merge(fragments, count, bytes),
        };
        let merged = &fragments[fragments.len() - merged..];
        let mut deleted: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for (fragment, offset) in delete.into_iter().map(parts) {
            deleted.entry(fragment).or_default().push(offset);
        }
        let mut batches = Vec::with_capacity(merged.len() + 1);
        for fragment in merged {
            let gone = deleted.remove(&fragment.id).unwrap_or_default();
            batches.push(self.rows_without(fragment, &gone).await?);
        }
        batches.push(rows);
        let rows = arrow_select::concat::concat_batches(&self.schema, &batches).map_err(combine)?;
        let merged = merged.iter().map(|fragment| fragment.id).collect();
        Ok(FilePlan { merged, deleted, rows })
    }

    /// Reads the rows of a fragment, except deleted rows and rows at these offsets.
    async fn rows_without(&self, fragment: &Fragment, gone: &[u32]) -> Result<RecordBatch> {
        let gone: HashSet<u32> = gone.iter().copied().collect();
        let in_memory = self.in_memory(&files(fragment)).filter(|_| fragment.deletion_file.is_none());
        let (batch, kept): (_, BooleanArray) = match in_memory {
            Some(batch) => (batch, offsets(fragment).map(|offset| Some(!gone.contains(&offset))).collect()),
            None => {
                let mut scan = self.dataset.scan();
                scan.with_fragments(vec![fragment.clone()]).scan_in_order(true).with_row_address();
                let batch = scan.try_into_batch().await.map_err(|error| convert(error.into()))?;
                let offsets = addresses(&batch)?.into_iter().map(|address| parts(address).1);
                let kept = offsets.map(|offset| Some(!gone.contains(&offset))).collect();
                (self.as_stored(batch)?, kept)
            }
        };
        arrow_select::filter::filter_record_batch(&batch, &kept).map_err(combine)
    }

    /// Writes rows to files that are not yet part of a version. Returns the new fragments, which have no ids yet.
    async fn write(&self, rows: &RecordBatch) -> Result<Vec<Fragment>> {
        if rows.num_rows() == 0 {
            return Ok(Vec::new());
        }
        let parameters = WriteParams { mode: WriteMode::Append, ..WriteParams::default() };
        let insert = InsertBuilder::new(Arc::clone(&self.dataset)).with_params(&parameters);
        let written = insert.execute_uncommitted(vec![rows.clone()]).await;
        match written.map_err(|error| convert(error.into()))?.operation {
            Operation::Append { fragments } => Ok(fragments),
            other => {
                let message =
                    format!("the engine wrote the rows with the operation `{other}` instead of an append");
                Err(Error::new(ErrorKind::Engine, message))
            }
        }
    }
}
