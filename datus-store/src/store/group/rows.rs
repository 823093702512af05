use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_schema::{ArrowError, SchemaRef};

use crate::backend::{DatasetVersion, RowChange};
use crate::error::{Error, ErrorKind, Result};
use crate::store::compare::arrow_failed;
use crate::store::core::Core;
use crate::store::ingest::{Fingerprint, Keys};

/// The rows of some keys: as one version has them at first, and then as the writes of a group leave them.
pub(in crate::store) struct RowsByKey {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// For each key that has a row its batch and its position there.
    rows: HashMap<Fingerprint, (usize, usize)>,
    /// The addresses of the version's rows.
    stored: HashMap<Fingerprint, Vec<u64>>,
    /// The keys and rows without a key that were written, in the order of their first write.
    written: Vec<Written>,
}

enum Written {
    /// The row of this key was written or deleted.
    Key(Fingerprint),
    /// All rows of this batch were added; they have no key.
    Batch(usize),
}

impl RowsByKey {
    /// Reads the rows of keys.
    pub(in crate::store) async fn read(
        core: &Core,
        at: &DatasetVersion,
        keys: impl Iterator<Item = &Keys>,
    ) -> Result<Self> {
        let mut read = Self {
            schema: Arc::clone(at.schema()),
            batches: Vec::new(),
            rows: HashMap::new(),
            stored: HashMap::new(),
            written: Vec::new(),
        };
        let keys: Vec<Keys> = keys.cloned().collect();
        let Some(keys) = Keys::concat(&keys)? else { return Ok(read) };
        let addresses = core.locate(at, &keys).await?;
        for (key, addresses) in keys.fingerprints.into_iter().zip(addresses) {
            if !addresses.is_empty() {
                read.stored.insert(key, addresses);
            }
        }
        let (first, keys): (Vec<u64>, Vec<Fingerprint>) =
            read.stored.iter().filter_map(|(key, addresses)| Some((*addresses.first()?, *key))).unzip();
        if !first.is_empty() {
            read.put(&keys, at.take(&first).await?);
            read.written.clear();
        }
        Ok(read)
    }

    /// Returns `true` if no write has changed a row.
    pub(in crate::store) fn is_unchanged(&self) -> bool {
        self.written.is_empty()
    }

    /// The number of rows that a key has: other programs can write several.
    pub(super) fn count(&self, key: Fingerprint) -> usize {
        match self.rows.contains_key(&key) {
            false => 0,
            true => self.stored.get(&key).map_or(1, Vec::len),
        }
    }

    /// Returns `true` if another program wrote several rows with the key.
    pub(super) fn is_ambiguous(&self, key: Fingerprint) -> bool {
        self.stored.get(&key).is_some_and(|addresses| addresses.len() > 1)
    }

    /// Returns the row of a key, with all columns of the table.
    pub(in crate::store) fn row(&self, key: Fingerprint) -> Option<RecordBatch> {
        let (batch, row) = self.rows.get(&key)?;
        Some(self.batches.get(*batch)?.slice(*row, 1))
    }

    /// Puts rows in the place of those with their keys. They have the columns of a record; further columns of the table
    /// become null.
    pub(super) fn replace(&mut self, keys: &[Fingerprint], rows: &RecordBatch) -> Result<()> {
        let rows = widened(rows, &self.schema)?;
        self.put(keys, rows);
        Ok(())
    }

    /// Adds rows without keys.
    pub(super) fn append(&mut self, rows: &RecordBatch) -> Result<()> {
        self.written.push(Written::Batch(self.batches.len()));
        self.batches.push(widened(rows, &self.schema)?);
        Ok(())
    }

    /// Deletes the row of a key.
    pub(super) fn delete(&mut self, key: Fingerprint) {
        if self.rows.remove(&key).is_some() {
            self.written.push(Written::Key(key));
        }
    }

    fn put(&mut self, keys: &[Fingerprint], batch: RecordBatch) {
        for (row, key) in keys.iter().enumerate() {
            self.rows.insert(*key, (self.batches.len(), row));
            self.written.push(Written::Key(*key));
        }
        self.batches.push(batch);
    }

    /// Returns what the writes did to the version; `None` if none of them wrote. Writes that undo each other change no row,
    /// and make a version all the same, which their results name.
    pub(super) fn change(&self) -> Result<Option<RowChange>> {
        if self.is_unchanged() {
            return Ok(None);
        }
        let mut seen = std::collections::HashSet::new();
        let (mut delete, mut places) = (Vec::new(), Vec::new());
        for written in &self.written {
            match written {
                Written::Batch(batch) => {
                    places.extend((0..self.batches[*batch].num_rows()).map(|row| (*batch, row)));
                }
                Written::Key(key) if seen.insert(*key) => {
                    delete.extend(self.stored.get(key).into_iter().flatten());
                    places.extend(self.rows.get(key));
                }
                Written::Key(_) => {}
            }
        }
        let rows = match places.is_empty() {
            true => RecordBatch::new_empty(Arc::clone(&self.schema)),
            false => {
                let batches: Vec<&RecordBatch> = self.batches.iter().collect();
                arrow_select::interleave::interleave_record_batch(&batches, &places).map_err(arrow_failed)?
            }
        };
        Ok(Some(RowChange { delete, rows }))
    }
}

/// The rows with the columns of the table, of the table's types.
fn widened(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = schema.fields().iter().map(|field| match rows.column_by_name(field.name()) {
        Some(column) if column.data_type() == field.data_type() => Ok(Arc::clone(column)),
        Some(column) => {
            arrow_cast::cast(column, field.data_type()).map_err(|source| misfit(source, field.name()))
        }
        None => Ok(new_null_array(field.data_type(), rows.num_rows())),
    });
    let columns: Vec<ArrayRef> = columns.collect::<Result<_>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(arrow_failed)
}

fn misfit(source: ArrowError, column: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, "the values do not have the type of the column")
        .with_source(source)
        .with_column(column)
}
