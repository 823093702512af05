//! Accesses rows by their addresses, in one version of a table.
//!
//! A small write identifies its rows by key. If the address of a row is in memory with its key, the row can be read and
//! replaced without a query plan or a scan.

mod change;
mod deleted;
mod lookup;
mod merge_fragments;
mod readers;
mod recent;
mod scan;
mod take;

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use arrow_schema::{Schema, SchemaRef};
use futures::{StreamExt, TryStreamExt};
use lance::Dataset;
use lance::dataset::fragment::FileFragment;
use lance::index::DatasetIndexExt;
use lance_table::format::Fragment;

pub(crate) use self::change::RowChange;
pub(super) use self::recent::{RecentRows, files};
pub(crate) use self::scan::AddressedRows;
pub(super) use self::scan::addressed;
use super::Table;
use super::commit::whole_files;
use super::error::convert;
use super::keyed::{KeyColumn, key_parts_predicate};
use crate::error::{Error, ErrorKind, Result};

/// The name of the column in which Lance returns the addresses of rows.
const ADDRESS: &str = "_rowaddr";

/// The number of rows in a batch when a fragment is read.
const BATCH: u32 = 8192;

/// One version of a table.
#[derive(Clone)]
pub(crate) struct DatasetVersion {
    dataset: Arc<Dataset>,
    schema: SchemaRef,
    recent: Arc<RecentRows>,
}

/// A fragment of a version.
#[derive(Debug, Clone)]
pub(crate) struct FragmentInfo {
    pub(crate) id: u64,
    /// The names of its data files. Lance never reuses a name, so the names identify the values of the rows.
    pub(crate) files: String,
    /// The version and random id in the name of its deletion file. Deleted rows reappear if an older version is restored.
    pub(crate) deletions: Option<(u64, u64)>,
    /// The number of rows in its files, including deleted rows.
    pub(crate) rows: usize,
}

impl Table {
    /// Returns the newest version of the table, or `None` if its rows do not have usable addresses. That is the case on
    /// LanceDB's service, for tables with stable row ids, and for tables with values outside the data files of a fragment.
    pub(crate) async fn dataset_version(&self) -> Result<Option<DatasetVersion>> {
        self.catch_up().await?;
        self.seen_version().await
    }

    /// Returns the version that this handle currently reads, or `None` in the same cases as
    /// [`dataset_version`](Self::dataset_version).
    pub(crate) async fn seen_version(&self) -> Result<Option<DatasetVersion>> {
        if self.is_without_small_writes() { Ok(None) } else { self.addressed_version().await }
    }

    /// Returns the newest version of the table, for a write that needs the addresses of its rows.
    ///
    /// # Errors
    /// `Unsupported` if the rows do not have usable addresses; see [`dataset_version`](Self::dataset_version).
    pub(crate) async fn newest_addressed_version(&self) -> Result<DatasetVersion> {
        self.catch_up().await?;
        self.addressed_version().await?.ok_or_else(|| {
            let message = "the rows of this table cannot be changed by their position in the files";
            let help =
                "LanceDB's service, stable row ids and data outside the table's folder are not supported";
            Error::new(ErrorKind::Unsupported, message).with_help(help)
        })
    }

    async fn addressed_version(&self) -> Result<Option<DatasetVersion>> {
        let Some(handle) = self.raw().dataset() else { return Ok(None) };
        let dataset = self.convert_result(handle.get().await).await?;
        let manifest = dataset.manifest();
        let plain = |fragment: &Fragment| {
            fragment.overlays.is_empty()
                && fragment.physical_rows.is_some()
                && fragment.files.iter().all(|file| file.base_id.is_none())
        };
        if manifest.uses_stable_row_ids() || !manifest.fragments.iter().all(plain) {
            return Ok(None);
        }
        let schema = Arc::new(Schema::from(dataset.schema()));
        Ok(Some(DatasetVersion { dataset, schema, recent: Arc::clone(self.recent_rows()) }))
    }
}

impl DatasetVersion {
    pub(crate) fn version(&self) -> u64 {
        self.dataset.manifest().version
    }

    /// Returns the schema of the table.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.dataset.fragments().iter().filter_map(Fragment::num_rows).sum()
    }

    /// Returns the fragments, oldest first.
    pub(crate) fn fragments(&self) -> impl Iterator<Item = FragmentInfo> {
        self.dataset.fragments().iter().map(fragment_info)
    }

    /// Returns the same version, with a store that writes each file in one step.
    async fn for_writes(&self) -> Result<Self> {
        let store = self.dataset.object_store(None).await.map_err(|error| convert(error.into()))?;
        let dataset = Arc::new(self.dataset.with_object_store(Arc::new(whole_files(&store)), None));
        Ok(Self { dataset, ..self.clone() })
    }

    /// Returns `true` if the column has an index.
    pub(crate) async fn has_index(&self, column: &str) -> Result<bool> {
        let Some(field) = self.dataset.schema().field(column).map(|field| field.id) else { return Ok(false) };
        let indexes = self.dataset.load_indices().await.map_err(|error| convert(error.into()))?;
        Ok(indexes.iter().any(|index| index.fields == [field]))
    }

    /// Returns the newest fragments that no index covers, oldest first. Moving rows of a covered fragment would remove them
    /// from the index.
    async fn unindexed_fragments(&self) -> Result<&[Fragment]> {
        let indexes = self.dataset.load_indices().await.map_err(|error| convert(error.into()))?;
        let covered = |fragment: &Fragment| {
            indexes.iter().any(|index| {
                // Without a bitmap, an index may cover any fragment.
                index
                    .fragment_bitmap
                    .as_ref()
                    .is_none_or(|covered| u32::try_from(fragment.id).is_ok_and(|id| covered.contains(id)))
            })
        };
        let fragments = self.dataset.fragments().as_slice();
        let first = fragments.iter().rposition(covered).map_or(0, |last| last + 1);
        Ok(&fragments[first..])
    }

    /// Reads columns of all rows in the files of a fragment, including deleted rows. The position of a row in the result is its
    /// offset.
    pub(crate) async fn physical_rows(
        &self,
        fragment: &FragmentInfo,
        columns: &[&str],
        mut use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        if let Some(batch) = self.in_memory(&fragment.files) {
            return use_batch(project(&batch, columns)?);
        }
        let failed = |error: lance_core::Error| convert(error.into());
        let projection = self.dataset.schema().project(columns).map_err(failed)?;
        let rows = 0..fragment.rows as u64;
        let mut batches = self
            .fragment(fragment.id)?
            .read_physical_slice(rows, &projection, BATCH)
            .await
            .map_err(failed)?
            .buffered(2);
        while let Some(batch) = batches.try_next().await.map_err(failed)? {
            use_batch(project(&batch, columns)?)?;
        }
        Ok(())
    }

    /// Reads columns and addresses of the rows that may have one of the keys, in the given fragments.
    pub(crate) async fn find(
        &self,
        fragments: &[u64],
        keys: &[KeyColumn],
        columns: &[&str],
        mut use_batch: impl FnMut(RecordBatch, Vec<u64>) -> Result<()>,
    ) -> Result<()> {
        let failed = |error: lance_core::Error| convert(error.into());
        let Some(filter) = key_parts_predicate(keys)? else { return Ok(()) };
        let of = self.dataset.fragments().iter().filter(|fragment| fragments.contains(&fragment.id));
        let mut scan = self.dataset.scan();
        scan.with_fragments(of.cloned().collect()).filter_expr(filter).with_row_address();
        scan.project(columns).map_err(failed)?;
        let mut batches = scan.try_into_stream().await.map_err(failed)?;
        while let Some(batch) = batches.try_next().await.map_err(failed)? {
            let addresses = addresses(&batch)?;
            use_batch(project(&batch, columns)?, addresses)?;
        }
        Ok(())
    }

    /// Returns, for each address, `true` if the row exists in the version and `false` if it was deleted.
    pub(crate) async fn present(&self, addresses: &[u64]) -> Result<Vec<bool>> {
        let mut present = Vec::with_capacity(addresses.len());
        for &address in addresses {
            let (fragment, offset) = parts(address);
            present.push(!self.deleted_rows(fragment).await?.contains(offset));
        }
        Ok(present)
    }

    /// Reads all columns of rows that exist in the version, in the order of the addresses.
    pub(crate) async fn take(&self, addresses: &[u64]) -> Result<RecordBatch> {
        if let Some(batch) = self.take_from_tail(addresses)? {
            return Ok(batch);
        }
        if let Some(batch) = self.recent.last_read(&self.dataset, addresses) {
            return Ok(batch);
        }
        let taken = self.take_columns(addresses, self.dataset.schema()).await?;
        if taken.num_rows() != addresses.len() {
            let message =
                format!("the engine returned {} rows for {} addresses", taken.num_rows(), addresses.len());
            return Err(Error::new(ErrorKind::Engine, message));
        }
        let batch = self.as_stored(taken)?;
        self.recent.set_last_read(&self.dataset, addresses, &batch);
        Ok(batch)
    }

    /// Takes rows of the newest small fragment from memory. Returns `None` if they are not all in memory.
    fn take_from_tail(&self, addresses: &[u64]) -> Result<Option<RecordBatch>> {
        let Some(last) = self.dataset.fragments().last() else { return Ok(None) };
        if addresses.is_empty() || !addresses.iter().all(|&address| parts(address).0 == last.id) {
            return Ok(None);
        }
        let Some(rows) = self.in_memory(&files(last)) else { return Ok(None) };
        let offsets: UInt64Array = addresses.iter().map(|&address| u64::from(parts(address).1)).collect();
        arrow_select::take::take_record_batch(&rows, &offsets).map(Some).map_err(combine)
    }

    /// Returns all rows of the fragment with these files, if they are in memory.
    fn in_memory(&self, files: &str) -> Option<RecordBatch> {
        // The names and metadata of columns may have changed since the batch was written.
        let batch = self.recent.tail(files, &self.dataset.schema().field_ids())?;
        RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec()).ok()
    }

    fn fragment(&self, id: u64) -> Result<FileFragment> {
        let fragment = usize::try_from(id).ok().and_then(|id| self.dataset.get_fragment(id));
        fragment.ok_or_else(|| {
            let message = format!("version {} has no fragment {id}", self.version());
            Error::new(ErrorKind::Engine, message)
        })
    }

    /// Returns the batch with the schema of the table, because the engine omits the metadata.
    fn as_stored(&self, batch: RecordBatch) -> Result<RecordBatch> {
        let columns = self.schema.fields().iter().map(|field| column(&batch, field.name()));
        RecordBatch::try_new(Arc::clone(&self.schema), columns.collect::<Result<_>>()?).map_err(combine)
    }
}

/// Describes a fragment.
pub(super) fn fragment_info(fragment: &Fragment) -> FragmentInfo {
    let rows = fragment.physical_rows.unwrap_or_default();
    let deletions = fragment.deletion_file.as_ref().map(|file| (file.read_version, file.id));
    FragmentInfo { id: fragment.id, files: files(fragment), deletions, rows }
}

/// Returns the address of a row.
pub(crate) fn address(fragment: u64, offset: usize) -> u64 {
    (fragment << 32) | offset as u64
}

/// Returns the fragment of an address.
pub(crate) fn fragment_of(address: u64) -> u64 {
    parts(address).0
}

/// Returns the fragment of an address and the offset in that fragment.
fn parts(address: u64) -> (u64, u32) {
    (address >> 32, address as u32)
}

/// Returns the addresses in a batch that was read with row addresses.
fn addresses(batch: &RecordBatch) -> Result<Vec<u64>> {
    let addresses = column(batch, ADDRESS)?;
    let addresses = addresses.as_any().downcast_ref::<UInt64Array>();
    let addresses = addresses.ok_or_else(|| {
        Error::new(ErrorKind::Engine, "the engine's answer has no addresses").with_column(ADDRESS)
    })?;
    Ok(addresses.values().to_vec())
}

pub(super) fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    batch.column_by_name(name).cloned().ok_or_else(|| {
        Error::new(ErrorKind::Engine, "the engine's answer lacks the column").with_column(name)
    })
}

/// Returns the batch with only these columns, in this order.
fn project(batch: &RecordBatch, columns: &[&str]) -> Result<RecordBatch> {
    let schema = batch.schema();
    let positions = columns.iter().map(|name| schema.index_of(name).map_err(combine));
    let positions: Vec<usize> = positions.collect::<Result<_>>()?;
    batch.project(&positions).map_err(combine)
}

pub(super) fn combine(source: arrow_schema::ArrowError) -> Error {
    Error::new(ErrorKind::Engine, "the rows of the table cannot be combined").with_source(source)
}

/// Returns the offsets of a fragment's rows.
fn offsets(fragment: &Fragment) -> Range<u32> {
    0..u32::try_from(fragment.physical_rows.unwrap_or_default()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
