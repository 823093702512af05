//! Finds and deletes rows that share a key.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_row::{OwnedRow, RowConverter, SortField};
use futures::TryStreamExt;

use super::plan::RepairStep;
use crate::backend::{AddressedRows, Attempts, DatasetVersion, RowChange, TableLock, spawn_uncancellable};
use crate::error::{Error, ErrorKind, Result};
use crate::record::ColumnPath;
use crate::store::arrow::{arrow_failed, column};
use crate::store::core::{Core, Fingerprint};
use crate::store::write::ingest::KeySet;

/// The number of tied rows that are collected before they are read and compared.
const COMPARED: usize = 1024;

/// The rule that selects which of several rows with the same key stays: the row with the greatest or the least value of a
/// column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    pub(super) column: ColumnPath,
    pub(super) order: Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Greatest,
    Least,
}

/// The rows that share a key, in one version.
#[derive(Debug, Default)]
pub(super) struct SharedKeys {
    /// The addresses of rows to delete.
    pub(super) delete: Vec<u64>,
    /// The key of one of these rows.
    pub(super) key: String,
    /// The number of rows that are kept although they share a key with another kept row. They have the same value in the
    /// column, but other columns differ.
    pub(super) undecided: usize,
    /// The key of one of these rows.
    pub(super) undecided_key: String,
}

/// The best rows for a key so far.
struct Best {
    /// The value of the column, or `None` for a null.
    value: Option<OwnedRow>,
    /// The addresses of the rows with this value.
    rows: Vec<u64>,
    key: String,
}

impl SharedKeys {
    /// Returns the step that deletes the rows, and the step for the rows that remain.
    pub(super) fn steps(&self) -> (Option<RepairStep>, Option<RepairStep>) {
        let step = |rows: usize, key: &str| {
            (rows > 0).then(|| RepairStep::RemoveDuplicates { rows, key: key.to_owned() })
        };
        (step(self.delete.len(), &self.key), step(self.undecided, &self.undecided_key))
    }

    fn delete(&mut self, rows: impl IntoIterator<Item = u64>, key: &str) {
        self.delete.extend(rows);
        if self.key.is_empty() && !self.delete.is_empty() {
            key.clone_into(&mut self.key);
        }
    }
}

impl Core {
    /// Fails if the column cannot be used to choose which row is kept.
    pub(super) fn check_keep(&self, keep: Keep) -> Result<()> {
        let refuse = |kind, message, help| {
            Err(Error::new(kind, message).with_help(help).with_column(keep.column.to_string()))
        };
        if self.record.key.is_empty() {
            let message = "the record has no key, so no two rows share a key";
            return refuse(ErrorKind::InvalidInput, message, "leave out `keep_max` and `keep_min`");
        }
        if keep.column.names().len() > 1 {
            let message = "a column inside a nested struct cannot decide which row stays";
            return refuse(ErrorKind::Unsupported, message, "choose a column of the record itself");
        }
        if self.key_columns().contains(&keep.column.root()) {
            let message = "rows that share a key have the same value in a column of the key";
            return refuse(ErrorKind::InvalidInput, message, "choose a column that differs between the rows");
        }
        Ok(())
    }

    /// Finds the rows that share a key and deletes all but the rows to keep, in one commit.
    pub(super) async fn remove_duplicates(&self, keep: Keep) -> Result<(SharedKeys, Option<u64>)> {
        let mut at = self.table.newest_addressed_version().await?;
        // Most rows are read before the lock is taken.
        let mut shared = self.shared_keys(&at, keep).await?;
        if shared.delete.is_empty() {
            return Ok((shared, None));
        }
        let lock = Arc::new(self.table.write_lock().await?);
        let mut attempts = Attempts::new(&self.table);
        loop {
            attempts.start().await?;
            let now = self.table.newest_addressed_version().await?;
            self.check_models_of(now.schema())?;
            if now.version() != at.version() {
                at = now;
                shared = self.shared_keys(&at, keep).await?;
            }
            if shared.delete.is_empty() {
                return Ok((shared, None));
            }
            let rows = RecordBatch::new_empty(Arc::clone(at.schema()));
            let change = RowChange { delete: shared.delete.clone(), rows, merges: false };
            if let Some(version) = self.change(&lock, &at, change).await? {
                return Ok((shared, Some(version)));
            }
        }
    }

    /// Changes rows in one commit that follows the version, and completes it even if the future is dropped.
    pub(super) async fn change(
        &self,
        lock: &Arc<TableLock>,
        at: &DatasetVersion,
        change: RowChange,
    ) -> Result<Option<u64>> {
        let (table, lock, at) = (self.table.clone(), Arc::clone(lock), at.clone());
        spawn_uncancellable(async move { table.change_rows(&lock, &at, change).await }).await
    }

    /// Finds the rows that share a key. It reads the columns of the key twice. It needs up to 11.5 bytes of memory for each
    /// row, and about 200 bytes for each key that several rows share.
    pub(super) async fn shared_keys(&self, at: &DatasetVersion, keep: Keep) -> Result<SharedKeys> {
        let fragments = at.fragments().map(|fragment| fragment.id).collect();
        let mut columns: Vec<String> = self.key_columns().into_iter().map(str::to_owned).collect();
        let (mut seen, mut repeated) = (KeySet::default(), KeySet::default());
        let mut rows = at.scan(&fragments, columns.clone(), None).await?;
        while let Some(AddressedRows { batch, .. }) = rows.try_next().await? {
            let keys = self.keys_of(&batch)?;
            for key in keys.fingerprints {
                if !seen.insert(key) {
                    repeated.insert(key);
                }
            }
        }
        drop(seen);
        let (mut shared, mut best) = (SharedKeys::default(), HashMap::new());
        if repeated.len() == 0 {
            return Ok(shared);
        }
        columns.push(keep.column.root().to_owned());
        let mut rows = at.scan(&fragments, columns, None).await?;
        while let Some(AddressedRows { batch, addresses }) = rows.try_next().await? {
            let keys = self.keys_of(&batch)?;
            let values = Values::new(&column(&batch, keep.column.root())?)?;
            for (row, (key, address)) in keys.fingerprints.iter().zip(addresses).enumerate() {
                if repeated.contains(*key) {
                    let new = Best { value: values.of(row), rows: vec![address], key: keys.display(row) };
                    shared.compete(&mut best, *key, new, keep.order);
                }
            }
        }
        self.resolve_ties(at, &mut shared, best.into_values().filter(|best| best.rows.len() > 1)).await?;
        Ok(shared)
    }

    /// Decides between rows with the same key and value. If rows are equal in every column of the record, one of them stays.
    async fn resolve_ties(
        &self,
        at: &DatasetVersion,
        shared: &mut SharedKeys,
        ties: impl Iterator<Item = Best>,
    ) -> Result<()> {
        let (mut ties, mut part) = (ties.peekable(), Vec::new());
        let mut rows = 0;
        while let Some(tie) = ties.next() {
            rows += tie.rows.len();
            part.push(tie);
            if rows < COMPARED && ties.peek().is_some() {
                continue;
            }
            let addresses: Vec<u64> = part.iter().flat_map(|tie| tie.rows.iter().copied()).collect();
            let taken = at.take(&addresses).await?;
            let mut first = 0;
            for tie in part.drain(..) {
                self.resolve_tie(&taken.slice(first, tie.rows.len()), tie.rows.as_slice(), &tie.key, shared)?;
                first += tie.rows.len();
            }
            rows = 0;
        }
        Ok(())
    }

    fn resolve_tie(
        &self,
        rows: &RecordBatch,
        addresses: &[u64],
        key: &str,
        shared: &mut SharedKeys,
    ) -> Result<()> {
        let mut kept: Vec<RecordBatch> = Vec::new();
        for (row, &address) in addresses.iter().enumerate() {
            let row = rows.slice(row, 1);
            let mut is_equal = false;
            for other in &kept {
                is_equal = is_equal || self.have_equal_values(other, &row)?;
            }
            if is_equal {
                shared.delete([address], key);
            } else {
                kept.push(row);
            }
        }
        if kept.len() > 1 {
            shared.undecided += kept.len() - 1;
            key.clone_into(&mut shared.undecided_key);
        }
        Ok(())
    }

    fn have_equal_values(&self, left: &RecordBatch, right: &RecordBatch) -> Result<bool> {
        for field in &self.record.fields {
            if left.column_by_name(field.name).is_some()
                && column(left, field.name)? != column(right, field.name)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl SharedKeys {
    /// Compares a row with the best rows of its key so far, and marks those that do not stay for deletion.
    fn compete(&mut self, best: &mut HashMap<Fingerprint, Best>, key: Fingerprint, new: Best, order: Order) {
        let Some(current) = best.get_mut(&key) else {
            best.insert(key, new);
            return;
        };
        match order.compare(new.value.as_ref(), current.value.as_ref()) {
            Ordering::Greater => {
                let old = std::mem::replace(current, new);
                self.delete(old.rows, &old.key);
            }
            Ordering::Less => self.delete(new.rows, &new.key),
            Ordering::Equal => current.rows.extend(new.rows),
        }
    }
}

impl Order {
    /// Returns `Greater` if the row with the first value stays. A row with a value always wins over a row without one.
    fn compare(self, left: Option<&OwnedRow>, right: Option<&OwnedRow>) -> Ordering {
        match (left, right, self) {
            (Some(left), Some(right), Self::Greatest) => left.cmp(right),
            (Some(left), Some(right), Self::Least) => right.cmp(left),
            _ => left.is_some().cmp(&right.is_some()),
        }
    }
}

/// The values of a column, in a form that can be compared with values of other batches.
struct Values {
    column: ArrayRef,
    rows: arrow_row::Rows,
}

impl Values {
    fn new(column: &ArrayRef) -> Result<Self> {
        let converter = RowConverter::new(vec![SortField::new(column.data_type().clone())]);
        let rows = converter.and_then(|converter| converter.convert_columns(std::slice::from_ref(column)));
        Ok(Self { column: Arc::clone(column), rows: rows.map_err(arrow_failed)? })
    }

    fn of(&self, row: usize) -> Option<OwnedRow> {
        self.column.is_valid(row).then(|| self.rows.row(row).owned())
    }
}
