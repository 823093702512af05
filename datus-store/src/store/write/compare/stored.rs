//! The stored rows that a chunk is compared with.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};

use crate::backend::null_flag;
use crate::error::Result;
use crate::store::arrow::{arrow_failed, column};
use crate::store::core::{Core, Fingerprint, Keys};
use crate::store::write::group::RowsByKey;

/// The table rows whose key occurs in a chunk, and the position of the row for each key.
pub(super) struct Stored {
    batches: Vec<RecordBatch>,
    rows: HashMap<Fingerprint, usize>,
}

/// The rows that a chunk is compared with.
pub(in crate::store) enum Source<'a> {
    /// The rows of the newest version of the table.
    Table,
    /// Rows in memory.
    Rows(&'a RowsByKey),
}

impl Stored {
    /// Reads columns of the rows with these keys, and, for each column of `nulls`, flags that mark its nulls.
    pub(super) async fn read(
        core: &Core,
        source: &Source<'_>,
        keys: &Keys,
        columns: &[&str],
        nulls: &[&str],
    ) -> Result<Self> {
        match source {
            Source::Table => Self::of_table(core, keys, columns, nulls).await,
            Source::Rows(rows) => Self::of_rows(rows, keys, columns, nulls),
        }
    }

    fn of_rows(rows: &RowsByKey, keys: &Keys, columns: &[&str], nulls: &[&str]) -> Result<Self> {
        let (mut batches, mut places) = (Vec::new(), HashMap::new());
        for key in &keys.fingerprints {
            if let Some(row) = rows.row(*key)
                && places.insert(*key, batches.len()).is_none()
            {
                batches.push(with_null_flags(&row, columns, nulls)?);
            }
        }
        Ok(Self { batches, rows: places })
    }

    async fn of_table(core: &Core, keys: &Keys, columns: &[&str], nulls: &[&str]) -> Result<Self> {
        let chunk_keys: HashSet<Fingerprint> = keys.fingerprints.iter().copied().collect();
        let (mut batches, mut found) = (Vec::new(), Vec::new());
        // Filters each batch when it is read: for a key of several columns, the query can return far more rows than
        // match.
        let read = core.table.rows_of_keys(&keys.columns, columns, nulls, |batch| {
            let stored = core.keys_of(&batch)?.fingerprints;
            let matches: BooleanArray = stored.iter().map(|key| Some(chunk_keys.contains(key))).collect();
            found.extend(
                stored.iter().zip(matches.values()).filter(|(_, matches)| *matches).map(|(key, _)| *key),
            );
            batches.push(arrow_select::filter::filter_record_batch(&batch, &matches).map_err(arrow_failed)?);
            Ok(())
        });
        read.await?;
        let rows = found.into_iter().enumerate().map(|(row, key)| (key, row)).collect();
        Ok(Self { batches, rows })
    }

    /// Returns a column of the rows. If there are no rows, the result is an empty array with the type of `like`.
    pub(super) fn column(&self, name: &str, like: &ArrayRef) -> Result<ArrayRef> {
        let columns: Vec<ArrayRef> =
            self.batches.iter().map(|batch| column(batch, name)).collect::<Result<_>>()?;
        let columns: Vec<&dyn Array> = columns.iter().map(AsRef::as_ref).collect();
        if columns.is_empty() {
            return Ok(arrow_array::new_empty_array(like.data_type()));
        }
        arrow_select::concat::concat(&columns).map_err(arrow_failed)
    }

    /// Returns `true` for each row in which the column is null.
    pub(super) fn nulls(&self, name: &str) -> Result<Vec<bool>> {
        let mut nulls = Vec::new();
        for batch in &self.batches {
            let flags = column(batch, &null_flag(name))?;
            nulls.extend(flags.as_boolean().iter().map(|flag| flag == Some(true)));
        }
        Ok(nulls)
    }

    /// Returns the position of the row of each key.
    pub(super) fn matches(&self, keys: &[Fingerprint]) -> Vec<Option<usize>> {
        keys.iter().map(|key| self.rows.get(key).copied()).collect()
    }
}

/// Returns columns of rows in memory, and the flags that mark the nulls of columns.
fn with_null_flags(rows: &RecordBatch, columns: &[&str], nulls: &[&str]) -> Result<RecordBatch> {
    let mut read: Vec<(String, ArrayRef)> = Vec::with_capacity(columns.len() + nulls.len());
    for &name in columns {
        read.push((name.to_owned(), column(rows, name)?));
    }
    for &name in nulls {
        let column = column(rows, name)?;
        let flags: BooleanArray = (0..column.len()).map(|row| Some(column.is_null(row))).collect();
        read.push((null_flag(name), Arc::new(flags)));
    }
    RecordBatch::try_from_iter(read).map_err(arrow_failed)
}
