//! Returns the first rows of each group, in the order of a query. A group is a combination of values of some columns.

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_row::{OwnedRow, RowConverter, SortField};
use futures::stream::{self, StreamExt, TryStreamExt};
use lancedb::query::{ExecutableQuery, QueryBase};

use super::TAKE_ROWS;
use super::row_order::{RankedRow, RowOrder, unsortable};
use crate::backend::error::convert;
use crate::backend::lower::lower;
use crate::backend::read::{column_at, flat_schema, select};
use crate::backend::{Request, Table};
use crate::error::Result;
use crate::query::{BatchStream, LimitPer};
use crate::record::ColumnPath;

/// The number of rows in memory above which rows that cannot be in the answer are removed.
const MIN_PRUNED: usize = 16 << 10;

impl Table {
    /// Reads the rows of a query that returns a limited number of rows per group. The table must be pinned.
    pub(crate) async fn read_limited_per(&self, request: Request, per: &LimitPer) -> Result<BatchStream> {
        let ids = self.ids_limited_per(&request, per).await?;
        let (table, columns) = (self.clone(), Arc::new(request.columns));
        let schema = self.answer_schema(&columns).await?;
        let chunks: Vec<Vec<u64>> = ids.chunks(TAKE_ROWS).map(<[u64]>::to_vec).collect();
        let batches = stream::iter(chunks).then(move |ids| {
            let (table, columns) = (table.clone(), Arc::clone(&columns));
            async move { table.take(&ids, &columns).await }
        });
        Ok(BatchStream { schema, batches: batches.boxed() })
    }

    /// Returns the ids of the rows that a query with a limit per group selects, in order.
    pub(crate) async fn ids_limited_per(&self, request: &Request, per: &LimitPer) -> Result<Vec<u64>> {
        self.check_holds_versions()?;
        self.check_damage(self.scan_limited_per(request, per)).await
    }

    async fn scan_limited_per(&self, request: &Request, per: &LimitPer) -> Result<Vec<u64>> {
        let limit = request.limit.unwrap_or(usize::MAX);
        if limit == 0 || per.rows == 0 {
            return Ok(Vec::new());
        }
        let schema = self.schema().await?;
        let order = RowOrder::new(&request.order, &schema)?;
        let values = flat_schema(&schema, &per.columns, None)?;
        let values = values.fields().iter().map(|field| SortField::new(field.data_type().clone()));
        let mut first = FirstOfGroups {
            per,
            max_rows: request.offset.saturating_add(limit),
            converter: RowConverter::new(values.collect()).map_err(unsortable)?,
            groups: HashMap::new(),
            rows: 0,
            last: None,
        };
        let read: Vec<ColumnPath> = order.paths().iter().chain(&per.columns).copied().collect();
        let mut query = self.raw().query().select(select(&read, None)).with_row_id();
        if let Some(filter) = &request.filter {
            query = query.only_if_expr(lower(filter)?);
        }
        let mut batches = query.execute().await.map_err(convert)?;
        while let Some(batch) = batches.try_next().await.map_err(convert)? {
            first.extend(&order, &batch)?;
        }
        Ok(first.into_rows().into_iter().skip(request.offset).take(limit).collect())
    }
}

/// The first rows of each group, collected from many batches.
struct FirstOfGroups<'a> {
    per: &'a LimitPer,
    /// The maximum number of rows that are needed across all groups: the offset plus the limit.
    max_rows: usize,
    converter: RowConverter,
    /// The first rows of each group. The row that comes last is at the top of its heap.
    groups: HashMap<Box<[u8]>, BinaryHeap<RankedRow>>,
    /// The number of rows in the heaps.
    rows: usize,
    /// The rank after which no row is in the answer.
    last: Option<OwnedRow>,
}

impl FirstOfGroups<'_> {
    fn extend(&mut self, order: &RowOrder, batch: &RecordBatch) -> Result<()> {
        let (ranks, ids) = order.ranks(batch)?;
        let values = self.per.columns.iter().map(|path| column_at(batch, *path));
        let values =
            self.converter.convert_columns(&values.collect::<Result<Vec<_>>>()?).map_err(unsortable)?;
        for ((rank, value), &id) in ranks.iter().zip(values.iter()).zip(ids.values()) {
            if self.last.as_ref().is_some_and(|last| rank > last.row()) {
                continue;
            }
            let Some(group) = self.groups.get_mut(value.as_ref()) else {
                let row = RankedRow { rank: rank.owned(), id };
                self.groups.insert(value.as_ref().into(), BinaryHeap::from([row]));
                self.rows += 1;
                continue;
            };
            if group.len() < self.per.rows {
                self.rows += 1;
            } else if group.peek().is_none_or(|greatest| rank >= greatest.rank.row()) {
                continue;
            } else {
                group.pop();
            }
            group.push(RankedRow { rank: rank.owned(), id });
        }
        if self.rows > MIN_PRUNED && self.rows / 2 > self.max_rows {
            self.prune();
        }
        Ok(())
    }

    /// Removes the rows that come after the last row of the answer. Further rows can only make an earlier row the last one.
    fn prune(&mut self) {
        let mut ranks: Vec<&OwnedRow> = self.groups.values().flatten().map(|row| &row.rank).collect();
        let at = self.max_rows.saturating_sub(1);
        if at >= ranks.len() {
            return;
        }
        let (_, last, _) = ranks.select_nth_unstable(at);
        let last: OwnedRow = (*last).clone();
        self.groups.retain(|_, rows| {
            rows.retain(|row| row.rank <= last);
            !rows.is_empty()
        });
        self.rows = self.groups.values().map(BinaryHeap::len).sum();
        self.last = Some(last);
    }

    /// Returns the ids of the rows, in order.
    fn into_rows(self) -> Vec<u64> {
        let mut rows: Vec<RankedRow> = self.groups.into_values().flatten().collect();
        rows.sort_unstable();
        rows.into_iter().map(|row| row.id).collect()
    }
}
