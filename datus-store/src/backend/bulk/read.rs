//! Reads the keys of a table and of the parts of a job.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::{StreamExt, TryStreamExt};
use lance::dataset::fragment::FileFragment;

use super::super::FragmentInfo;
use super::super::rows::fragment_info;
use super::{BulkVersion, PartFiles, failed};
use crate::error::Result;

/// The number of rows in a batch.
const BATCH: u32 = 8192;

impl BulkVersion {
    /// Returns the fragments of the table, oldest first.
    pub(crate) fn fragments(&self) -> impl Iterator<Item = FragmentInfo> {
        self.dataset.fragments().iter().map(fragment_info)
    }

    /// Reads columns of the given fragments, without deleted rows.
    pub(crate) async fn rows_of_fragments(
        &self,
        fragments: &[FragmentInfo],
        columns: &[&str],
        mut use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let ids: HashSet<u64> = fragments.iter().map(|fragment| fragment.id).collect();
        let fragments = self.dataset.fragments().iter().filter(|fragment| ids.contains(&fragment.id));
        let mut scan = self.dataset.scan();
        scan.with_fragments(fragments.cloned().collect()).project(columns).map_err(failed)?;
        let mut batches = scan.try_into_stream().await.map_err(failed)?;
        while let Some(batch) = batches.try_next().await.map_err(failed)? {
            use_batch(batch)?;
        }
        Ok(())
    }

    /// Reads columns of a part that has not been committed yet.
    pub(crate) async fn rows_of_part(
        &self,
        files: &PartFiles,
        columns: &[&str],
        mut use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let projection = self.dataset.schema().project(columns).map_err(failed)?;
        for fragment in files.fragments() {
            let rows = 0..fragment.physical_rows.unwrap_or_default() as u64;
            let fragment = FileFragment::new(Arc::clone(&self.dataset), fragment.clone());
            let batches = fragment.read_physical_slice(rows, &projection, BATCH).await.map_err(failed)?;
            let mut batches = batches.buffered(2);
            while let Some(batch) = batches.try_next().await.map_err(failed)? {
                use_batch(batch)?;
            }
        }
        Ok(())
    }
}
