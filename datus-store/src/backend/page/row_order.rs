//! The order of rows: by the sort keys, then by row id.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use arrow_row::{OwnedRow, RowConverter, Rows, SortField};
use arrow_schema::{ArrowError, DataType, Schema, SortOptions};

use crate::backend::read::{column_at, flat_schema};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{SortDirection, SortKey};
use crate::record::ColumnPath;

/// The engine's column of row ids.
pub(super) const ROW_ID: &str = "_rowid";

/// An order of rows, compared as bytes. Nulls come last, and floats follow the IEEE total order, as in the engine's sort.
pub(super) struct RowOrder {
    paths: Vec<ColumnPath>,
    converter: RowConverter,
}

/// The position of a row in the order.
pub(super) struct RowPosition {
    /// The row's id.
    pub(super) row: u64,
    /// The value of the first sort key, as an array of length one; `None` if there are no keys.
    pub(super) first_key: Option<ArrayRef>,
    rank: OwnedRow,
}

impl RowOrder {
    pub(super) fn new(order: &[SortKey], stored: &Schema) -> Result<Self> {
        let paths: Vec<ColumnPath> = order.iter().map(|key| key.column).collect();
        let schema = flat_schema(stored, &paths, None)?;
        let keys = schema.fields().iter().zip(order).map(|(field, key)| {
            let descending = key.direction == SortDirection::Descending;
            let options = SortOptions { descending, nulls_first: false };
            SortField::new_with_options(field.data_type().clone(), options)
        });
        let fields = keys.chain([SortField::new(DataType::UInt64)]).collect();
        Ok(Self { paths, converter: RowConverter::new(fields).map_err(unsortable)? })
    }

    /// Returns the columns of the sort keys.
    pub(super) fn paths(&self) -> &[ColumnPath] {
        &self.paths
    }

    /// Returns the position of the first row of a batch. The batch must not be empty.
    pub(super) fn position(&self, batch: &RecordBatch) -> Result<RowPosition> {
        let (ranks, ids) = self.ranks(batch)?;
        let first_key = match self.paths.first() {
            Some(path) => Some(column_at(batch, *path)?.slice(0, 1)),
            None => None,
        };
        Ok(RowPosition { row: ids.value(0), first_key, rank: ranks.row(0).owned() })
    }

    pub(super) fn ranks(&self, batch: &RecordBatch) -> Result<(Rows, UInt64Array)> {
        let ids = row_ids(batch)?;
        let keys = self.paths.iter().map(|path| column_at(batch, *path));
        let columns = keys.chain([Ok(std::sync::Arc::new(ids.clone()) as ArrayRef)]);
        let columns: Vec<ArrayRef> = columns.collect::<Result<_>>()?;
        Ok((self.converter.convert_columns(&columns).map_err(unsortable)?, ids))
    }
}

/// Returns the row ids of a batch.
pub(super) fn row_ids(batch: &RecordBatch) -> Result<UInt64Array> {
    let ids = batch.column_by_name(ROW_ID).and_then(|column| column.as_primitive_opt::<UInt64Type>());
    ids.cloned().ok_or_else(|| Error::new(ErrorKind::Engine, "the engine's answer has no row ids"))
}

/// The first `count` rows in an order, collected from many batches.
pub(super) struct FirstRows {
    count: usize,
    /// The row that comes last is at the top of the heap, because it is removed first.
    rows: BinaryHeap<RankedRow>,
}

/// A row id with its rank in the order.
pub(super) struct RankedRow {
    pub(super) rank: OwnedRow,
    pub(super) id: u64,
}

impl FirstRows {
    /// Returns an empty collection that keeps the first `count` rows.
    pub(super) fn new(count: usize) -> Self {
        Self { count, rows: BinaryHeap::new() }
    }

    /// Adds the rows of a batch that come after a position.
    pub(super) fn extend(
        &mut self,
        order: &RowOrder,
        batch: &RecordBatch,
        after: Option<&RowPosition>,
    ) -> Result<()> {
        let (ranks, ids) = order.ranks(batch)?;
        for (rank, &id) in ranks.iter().zip(ids.values()) {
            if after.is_some_and(|after| rank <= after.rank.row()) {
                continue;
            }
            if self.rows.len() >= self.count {
                if self.rows.peek().is_none_or(|greatest| rank >= greatest.rank.row()) {
                    continue;
                }
                self.rows.pop();
            }
            self.rows.push(RankedRow { rank: rank.owned(), id });
        }
        Ok(())
    }

    /// Returns the ids of the rows, in order.
    pub(super) fn into_rows(self) -> Vec<u64> {
        self.rows.into_sorted_vec().into_iter().map(|row| row.id).collect()
    }
}

impl Ord for RankedRow {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for RankedRow {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for RankedRow {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for RankedRow {}

pub(super) fn unsortable(source: ArrowError) -> Error {
    Error::new(ErrorKind::Unsupported, "rows cannot be ordered by a column of this type")
        .with_help("order by a column of text or numbers")
        .with_source(source)
}
