use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_schema::{ArrowError, SchemaRef};

use crate::backend::{DatasetVersion, RowChange};
use crate::error::{Error, ErrorKind, Result};
use crate::store::arrow::arrow_failed;
use crate::store::core::{Core, Fingerprint, Keys};

/// The rows for a set of keys. They are first read from one version, and the writes of a group then change them in memory.
pub(in crate::store) struct RowsByKey {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// For each key that has a row, the batch of the row and its position in the batch.
    rows: HashMap<Fingerprint, (usize, usize)>,
    /// The addresses of the rows in the version.
    stored: HashMap<Fingerprint, Vec<u64>>,
    /// The keys that were written or deleted, and the batches of rows without keys, in the order of the writes.
    written: Vec<Written>,
    written_keys: HashSet<Fingerprint>,
}

enum Written {
    /// The row with this key was written or deleted.
    Key(Fingerprint),
    /// All rows of this batch, which do not have a key, were added.
    Batch(usize),
}

impl RowsByKey {
    /// Reads the rows that have one of the keys.
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
            written_keys: HashSet::new(),
        };
        let keys: Vec<Keys> = keys.cloned().collect();
        let Some(keys) = Keys::concat(&keys)? else { return Ok(read) };
        let addresses = core.locate(at, &keys).await?;
        let (mut first, mut found) = (Vec::new(), Vec::new());
        for (key, addresses) in keys.fingerprints.into_iter().zip(addresses) {
            if let Some(&address) = addresses.first()
                && read.stored.insert(key, addresses).is_none()
            {
                first.push(address);
                found.push(key);
            }
        }
        if !first.is_empty() {
            read.put(&found, at.take(&first).await?);
        }
        Ok(read)
    }

    /// Returns `true` if no write has changed a row.
    pub(in crate::store) fn is_unchanged(&self) -> bool {
        self.written.is_empty()
    }

    /// Returns the number of rows with a key. Other programs can write several rows with one key; a write of the group
    /// replaces all of them with one.
    pub(super) fn count(&self, key: Fingerprint) -> usize {
        match self.rows.contains_key(&key) {
            false => 0,
            true if self.written_keys.contains(&key) => 1,
            true => self.stored.get(&key).map_or(1, Vec::len),
        }
    }

    /// Returns the row with this key, with all columns of the table.
    pub(in crate::store) fn row(&self, key: Fingerprint) -> Option<RecordBatch> {
        let (batch, row) = self.rows.get(&key)?;
        Some(self.batches.get(*batch)?.slice(*row, 1))
    }

    /// Replaces the rows that have these keys. The new rows have the record's columns. Other columns of the table become
    /// null.
    pub(super) fn replace(&mut self, keys: &[Fingerprint], rows: &RecordBatch) -> Result<()> {
        let rows = widened(rows, &self.schema)?;
        self.put(keys, rows);
        self.written.extend(keys.iter().copied().map(Written::Key));
        self.written_keys.extend(keys);
        Ok(())
    }

    /// Adds rows without keys.
    pub(super) fn append(&mut self, rows: &RecordBatch) -> Result<()> {
        self.written.push(Written::Batch(self.batches.len()));
        self.batches.push(widened(rows, &self.schema)?);
        Ok(())
    }

    /// Deletes the row with this key.
    pub(super) fn delete(&mut self, key: Fingerprint) {
        if self.rows.remove(&key).is_some() {
            self.written.push(Written::Key(key));
            self.written_keys.insert(key);
        }
    }

    fn put(&mut self, keys: &[Fingerprint], batch: RecordBatch) {
        for (row, key) in keys.iter().enumerate() {
            self.rows.insert(*key, (self.batches.len(), row));
        }
        self.batches.push(batch);
    }

    /// Returns the change that the writes make to the version, or `None` if none of them wrote anything. Writes that undo
    /// each other change no row, but still create a version, because their results contain its number.
    pub(super) fn change(&self) -> Result<Option<RowChange>> {
        if self.is_unchanged() {
            return Ok(None);
        }
        let mut seen = HashSet::new();
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
        Ok(Some(RowChange { delete, rows, merges: true }))
    }
}

/// Returns the rows with the columns and types of the table.
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
