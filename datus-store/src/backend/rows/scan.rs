//! Reads rows of some fragments with their addresses, batch by batch.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use lance_table::format::Fragment;

use super::super::error::convert;
use super::super::lower::lower;
use super::{DatasetVersion, addresses, project};
use crate::error::Result;
use crate::query::Predicate;

/// The number of rows in a batch. Vectors can take several KiB each.
const BATCH: usize = 1024;

/// Some columns of some rows, with the row addresses.
pub(crate) struct AddressedRows {
    pub(crate) batch: RecordBatch,
    /// The address of each row.
    pub(crate) addresses: Vec<u64>,
}

impl DatasetVersion {
    /// Reads columns of the rows of these fragments that pass the filter, in storage order.
    pub(crate) async fn scan(
        &self,
        fragments: &HashSet<u64>,
        columns: Vec<String>,
        filter: Option<&Predicate>,
    ) -> Result<BoxStream<'static, Result<AddressedRows>>> {
        let fragments = self.dataset.fragments().iter().filter(|fragment| fragments.contains(&fragment.id));
        let fragments: Vec<Fragment> = fragments.cloned().collect();
        if fragments.is_empty() {
            return Ok(futures::stream::empty().boxed());
        }
        let failed = |error: lance_core::Error| convert(error.into());
        let mut scan = self.dataset.scan();
        scan.with_fragments(fragments).scan_in_order(true).with_row_address().batch_size(BATCH);
        scan.use_scalar_index(false);
        if let Some(filter) = filter {
            scan.filter_expr(lower(filter)?);
        }
        scan.project(&columns).map_err(failed)?;
        let batches = scan.try_into_stream().await.map_err(failed)?;
        let batches = batches.map_err(failed).and_then(move |batch| {
            let addressed = addressed(&batch, &columns);
            async move { addressed }
        });
        Ok(batches.boxed())
    }
}

/// Returns these columns of a batch that was read with row addresses.
pub(in crate::backend) fn addressed(batch: &RecordBatch, columns: &[String]) -> Result<AddressedRows> {
    let addresses = addresses(batch)?;
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    Ok(AddressedRows { batch: project(batch, &columns)?, addresses })
}
