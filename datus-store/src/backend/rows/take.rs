//! Reads rows by address.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{RecordBatch, UInt32Array};
use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use futures::{StreamExt, TryStreamExt, stream};
use lance::dataset::fragment::{FileFragment, FragReadConfig};
use lance_core::datatypes::Schema;

use super::super::error::convert;
use super::readers::TableReaders;
use super::{DatasetVersion, combine, parts};
use crate::error::Result;

/// The maximum number of rows in a read that uses the readers of earlier reads.
const MAX_ROWS: usize = 256;

impl DatasetVersion {
    /// Reads columns of rows that exist in the version, in the order of the addresses.
    pub(super) async fn take_columns(&self, addresses: &[u64], projection: &Schema) -> Result<RecordBatch> {
        let uses_readers = addresses.len() <= MAX_ROWS
            && is_plain(projection)
            && TableReaders::keeps(self.dataset.fragments());
        let grouped = if uses_readers { grouped(addresses) } else { None };
        let Some(Grouped { fragments, order }) = grouped else {
            let rows = self.dataset.take_rows(addresses, projection.clone()).await;
            return rows.map_err(|error| convert(error.into()));
        };
        self.recent.readers().close_removed(self.version(), self.dataset.fragments());
        let at_once =
            self.dataset.object_store(None).await.map_err(|error| convert(error.into()))?.io_parallelism();
        let batches = stream::iter(fragments)
            .map(|(fragment, offsets)| async move { self.take_offsets(fragment, &offsets, projection).await })
            .buffered(at_once);
        let batches: Vec<RecordBatch> = batches.try_collect().await?;
        let rows = match batches.as_slice() {
            [batch] => batch.clone(),
            batches => {
                let schema = Arc::new(arrow_schema::Schema::from(projection));
                arrow_select::concat::concat_batches(&schema, batches).map_err(combine)?
            }
        };
        if order.is_sorted() && order.len() == rows.num_rows() {
            return Ok(rows);
        }
        arrow_select::take::take_record_batch(&rows, &UInt32Array::from(order)).map_err(combine)
    }

    /// Reads columns of the rows at these offsets of a fragment, which must be strictly ascending. Deleted rows are read too.
    async fn take_offsets(&self, fragment: u64, offsets: &[u32], projection: &Schema) -> Result<RecordBatch> {
        let readers = self.recent.readers();
        let mut fragment = self.fragment(fragment)?.metadata().clone();
        let reader = match readers.take(&fragment, projection) {
            Some(reader) => reader,
            None => {
                fragment.deletion_file = None;
                let fragment = FileFragment::new(Arc::clone(&self.dataset), fragment.clone());
                let reader = fragment.open(projection, FragReadConfig::default()).await;
                reader.map_err(|error| convert(error.into()))?
            }
        };
        let batch = reader.take_as_batch(offsets, None).await.map_err(|error| convert(error.into()))?;
        readers.put(&fragment, projection, reader);
        Ok(batch)
    }
}

/// Addresses, grouped by fragment.
struct Grouped {
    /// The offsets in each fragment, in ascending order.
    fragments: BTreeMap<u64, Vec<u32>>,
    /// The position of each address in the concatenated groups.
    order: Vec<u32>,
}

/// Groups addresses by fragment. Returns `None` if the slice is empty.
fn grouped(addresses: &[u64]) -> Option<Grouped> {
    let mut sorted = addresses.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.first()?;
    let mut fragments: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    for (fragment, offset) in sorted.iter().copied().map(parts) {
        fragments.entry(fragment).or_default().push(offset);
    }
    let position = |address| sorted.binary_search(address).ok().and_then(|row| u32::try_from(row).ok());
    let order = addresses.iter().map(position).collect::<Option<_>>()?;
    Some(Grouped { fragments, order })
}

/// Returns `true` if Lance stores all columns as it returns them. It converts blobs, and columns of extension types such as JSON.
fn is_plain(projection: &Schema) -> bool {
    projection
        .fields_pre_order()
        .all(|field| !field.is_blob() && !field.metadata.contains_key(EXTENSION_TYPE_NAME_KEY))
}
