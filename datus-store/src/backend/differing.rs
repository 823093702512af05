//! Finds the rows in which two versions of a table can differ, by comparing their files.
//!
//! The files of a fragment never change. If both versions contain a fragment with the same files, its rows have the same
//! values in both. In that case, only rows that one of the versions has deleted can differ. The rows of all other fragments
//! are read. After a compaction, some of these rows may be unchanged but stored in a different file,
//! so the caller compares their values.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use lance::Dataset;
use lance::dataset::{ProjectionRequest, TakeBuilder};
use lance_core::utils::deletion::DeletionVector;
use lance_table::format::Fragment;

use super::Table;
use super::error::convert;
use super::rows::{AddressedRows, address, addressed};
use crate::error::{Error, ErrorKind, Result};

/// The number of rows in a batch.
const BATCH: usize = 1024;

/// The rows of one version that may be missing from the other version or have different values there.
pub(crate) struct DifferingRows {
    dataset: Arc<Dataset>,
    /// Fragments in which any row can differ.
    fragments: Vec<Fragment>,
    /// The addresses of further rows that can differ.
    rows: Vec<u64>,
}

impl Table {
    /// Compares the files of two versions. `columns` are the columns to compare. Both tables must be pinned.
    pub(crate) async fn differing_rows(
        &self,
        newer: &Self,
        columns: &[&str],
    ) -> Result<(DifferingRows, DifferingRows)> {
        let (old, new) = (self.pinned_dataset().await?, newer.pinned_dataset().await?);
        let mut left = DifferingRows { dataset: Arc::clone(&old), fragments: Vec::new(), rows: Vec::new() };
        let mut right = DifferingRows { dataset: Arc::clone(&new), fragments: Vec::new(), rows: Vec::new() };
        // Columns can swap names without a change to the files.
        let field = |dataset: &Dataset, column: &str| dataset.schema().field(column).map(|field| field.id);
        let same_columns = columns.iter().all(|column| field(&old, column) == field(&new, column));
        let is_same = |before: &Fragment, after: &Fragment| {
            same_columns && before.files == after.files && before.overlays == after.overlays
        };
        let mut only_old: BTreeMap<u64, &Fragment> =
            old.fragments().iter().map(|fragment| (fragment.id, fragment)).collect();
        for fragment in new.fragments().iter() {
            match only_old.get(&fragment.id).filter(|before| is_same(before, fragment)) {
                Some(before) => {
                    if before.deletion_file != fragment.deletion_file {
                        let (gone, back) = deleted(&old, &new, fragment.id).await?;
                        left.rows.extend(gone);
                        right.rows.extend(back);
                    }
                    only_old.remove(&fragment.id);
                }
                None => right.fragments.push(fragment.clone()),
            }
        }
        left.fragments.extend(only_old.into_values().cloned());
        Ok((left, right))
    }

    async fn pinned_dataset(&self) -> Result<Arc<Dataset>> {
        let handle = self.raw().dataset().ok_or_else(|| {
            let message = "LanceDB's service does not list the files of a version";
            Error::new(ErrorKind::Unsupported, message)
        })?;
        handle.get().await.map_err(convert)
    }
}

impl DifferingRows {
    /// Returns an upper bound on the number of rows.
    pub(crate) fn count(&self) -> usize {
        let rows: usize = self.fragments.iter().filter_map(|fragment| fragment.physical_rows).sum();
        rows + self.rows.len()
    }

    /// Reads columns of the rows, batch by batch.
    pub(crate) async fn read(&self, columns: &[&str]) -> Result<BoxStream<'_, Result<AddressedRows>>> {
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let single = columns.clone();
        let taken = stream::iter(self.rows.chunks(BATCH)).then(move |addresses| {
            let columns = single.clone();
            async move {
                let names: Vec<&str> = columns.iter().map(String::as_str).collect();
                let batch = self.take(addresses, &names).await?;
                Ok(AddressedRows { batch, addresses: addresses.to_vec() })
            }
        });
        if self.fragments.is_empty() {
            return Ok(taken.boxed());
        }
        let mut scan = self.dataset.scan();
        scan.with_fragments(self.fragments.clone()).scan_in_order(true).with_row_address().batch_size(BATCH);
        scan.project(&columns).map_err(|error| convert(error.into()))?;
        let scanned = scan.try_into_stream().await.map_err(|error| convert(error.into()))?;
        let scanned = scanned.map_err(|error| convert(error.into())).and_then(move |batch| {
            let rows = addressed(&batch, &columns);
            async move { rows }
        });
        Ok(taken.chain(scanned).boxed())
    }

    /// Reads columns of the rows with these addresses, in the order of the addresses.
    pub(crate) async fn take(&self, addresses: &[u64], columns: &[&str]) -> Result<RecordBatch> {
        let failed = |error: lance_core::Error| convert(error.into());
        let projection = self.dataset.schema().project(columns).map_err(failed)?;
        let projection = ProjectionRequest::from_schema(projection)
            .into_projection_plan(Arc::clone(&self.dataset))
            .map_err(failed)?;
        let (dataset, rows) = (Arc::clone(&self.dataset), addresses.to_vec());
        let take =
            TakeBuilder::try_new_from_addresses(dataset, rows, Arc::new(projection)).map_err(failed)?;
        let batch = take.execute().await.map_err(failed)?;
        if batch.num_rows() == addresses.len() {
            return Ok(batch);
        }
        let message =
            format!("the engine returned {} rows for {} addresses", batch.num_rows(), addresses.len());
        Err(Error::new(ErrorKind::Engine, message))
    }
}

/// Returns the addresses of the fragment's rows that only the new version has deleted, and of those that only the old version
/// has deleted. The latter exist if a table was restored to an earlier version.
async fn deleted(old: &Arc<Dataset>, new: &Arc<Dataset>, fragment: u64) -> Result<(Vec<u64>, Vec<u64>)> {
    let (in_old, in_new) = (deletions(old, fragment).await?, deletions(new, fragment).await?);
    let only = |of: &Deletions, without: &Deletions| -> Vec<u64> {
        let is_kept = |offset: &u32| !without.as_ref().is_some_and(|without| without.contains(*offset));
        let offsets = of.iter().flat_map(|of| of.to_sorted_iter()).filter(is_kept);
        offsets.map(|offset| address(fragment, offset as usize)).collect()
    };
    Ok((only(&in_new, &in_old), only(&in_old, &in_new)))
}

type Deletions = Option<Arc<DeletionVector>>;

/// Returns the offsets of the deleted rows of a fragment.
async fn deletions(dataset: &Arc<Dataset>, fragment: u64) -> Result<Deletions> {
    let found = usize::try_from(fragment).ok().and_then(|id| dataset.get_fragment(id));
    let found = found
        .ok_or_else(|| Error::new(ErrorKind::Engine, format!("the version has no fragment {fragment}")))?;
    found.get_deletion_vector().await.map_err(|error| convert(error.into()))
}
