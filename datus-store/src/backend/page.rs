//! Reads one page of a query by keyset pagination, which continues after a row instead of counting rows.
//!
//! The engine sorts by columns and not by row ids, so the order of equal rows would be arbitrary. The engine therefore
//! returns only the sort keys and ids of the rows that pass the filter. This module keeps the first of these rows, and the
//! engine then reads their other columns.

mod bound;
mod groups;
mod row_order;

use arrow_array::RecordBatch;
use futures::TryStreamExt;
use lancedb::query::{ExecutableQuery, QueryBase};

use self::bound::bound;
use self::row_order::{FirstRows, RowOrder, RowPosition};
use super::error::convert;
use super::lower::lower;
use super::read::select;
use super::{Request, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Revision;

/// The number of rows that one call reads by row id.
const TAKE_ROWS: usize = 4096;

/// The rows of a page.
pub(crate) struct PageRows {
    pub(crate) batches: Vec<RecordBatch>,
    /// The id of the last row, if more rows follow it.
    pub(crate) last: Option<u64>,
}

impl Table {
    /// Checks that several reads can use the same version of the table.
    ///
    /// # Errors
    /// `Unsupported` for a table on LanceDB's service.
    pub(crate) fn check_holds_versions(&self) -> Result<()> {
        if self.raw().dataset().is_some() {
            return Ok(());
        }
        let message = "LanceDB's service cannot keep one version of a table for several reads";
        Err(Error::new(ErrorKind::Unsupported, message).with_help("page with `.limit` and `.offset`"))
    }

    /// Returns the same table at a fixed version, which later writes do not change.
    pub(crate) async fn pinned(&self, version: u64) -> Result<Self> {
        self.check_holds_versions()?;
        let pinned = self.current().await?;
        pinned.raw().checkout(version).await.map_err(convert)?;
        Ok(pinned)
    }

    /// Returns the table's version and the time of its commit, which is 0 for LanceDB's service.
    pub(crate) async fn revision(&self) -> Result<Revision> {
        let Some(dataset) = self.raw().dataset() else {
            return Ok(Revision { version: self.version().await?, committed: 0 });
        };
        let dataset = dataset.get().await.map_err(convert)?;
        let manifest = dataset.manifest();
        let committed = u64::try_from(manifest.timestamp_nanos).unwrap_or(u64::MAX);
        Ok(Revision { version: manifest.version, committed })
    }

    /// Returns `true` if the version still exists.
    pub(crate) async fn has_version(&self, version: u64) -> Result<bool> {
        let versions = self.raw().list_versions().await.map_err(convert)?;
        Ok(versions.iter().any(|listed| listed.version == version))
    }

    /// Reads at most `rows` rows that come after row `after` in the request's order. The table must be pinned.
    pub(crate) async fn page(&self, request: Request, rows: usize, after: Option<u64>) -> Result<PageRows> {
        let rows = self.at_most(rows).await?;
        let schema = self.schema().await?;
        let order = RowOrder::new(&request.order, &schema)?;
        let after = match after {
            Some(row) => Some(self.position_of(row, &order).await?),
            None => None,
        };
        // Reading one more row than requested shows whether more rows follow.
        let first_ids = self.first_row_ids(&request, &order, after.as_ref(), rows.saturating_add(1));
        let mut first_ids = self.check_damage(first_ids).await?;
        let more = first_ids.len() > rows;
        first_ids.truncate(rows);
        let last = first_ids.last().filter(|_| more).copied();
        let mut batches = Vec::new();
        for ids in first_ids.chunks(TAKE_ROWS) {
            batches.push(self.take(ids, &request.columns).await?);
        }
        Ok(PageRows { batches, last })
    }

    /// Returns the position of a row in the order.
    async fn position_of(&self, row: u64, order: &RowOrder) -> Result<RowPosition> {
        let taken = self.raw().take_row_ids(vec![row]).select(select(order.paths(), None)).with_row_id();
        let batches: Vec<RecordBatch> =
            taken.execute().await.map_err(convert)?.try_collect().await.map_err(convert)?;
        let found = batches.iter().find(|batch| batch.num_rows() > 0);
        let found = found.ok_or_else(|| {
            let message = "the cursor points to a row that the table does not contain";
            Error::new(ErrorKind::InvalidInput, message)
                .with_help("begin with the first page, without a cursor")
        })?;
        order.position(found)
    }

    /// Returns the ids of the first `count` rows after a position, in order.
    async fn first_row_ids(
        &self,
        request: &Request,
        order: &RowOrder,
        after: Option<&RowPosition>,
        count: usize,
    ) -> Result<Vec<u64>> {
        let mut query = self.raw().query().select(select(order.paths(), None)).with_row_id();
        let filter = request.filter.as_ref().map(lower).transpose()?;
        let bound = after.and_then(|position| bound(&request.order, position));
        if let Some(filter) = [filter, bound].into_iter().flatten().reduce(|filter, bound| filter.and(bound))
        {
            query = query.only_if_expr(filter);
        }
        if request.order.is_empty() && self.scans_by_row_id().await? {
            query = query.limit(count);
        }
        let mut batches = query.execute().await.map_err(convert)?;
        let mut first = FirstRows::new(count);
        while let Some(batch) = batches.try_next().await.map_err(convert)? {
            first.extend(order, &batch, after)?;
        }
        Ok(first.into_rows())
    }

    /// Returns `true` if a scan returns rows in the order of their ids. A scan follows the order of row addresses, and ids are
    /// addresses unless the table has stable row ids.
    async fn scans_by_row_id(&self) -> Result<bool> {
        let Some(dataset) = self.raw().dataset() else { return Ok(false) };
        let dataset = dataset.get().await.map_err(convert)?;
        Ok(!dataset.manifest().uses_stable_row_ids())
    }
}
