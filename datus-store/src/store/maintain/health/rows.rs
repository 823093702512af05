//! Finds faults in rows that another program wrote: a missing vector, or the same key as an earlier row.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;

use crate::backend::Table;
use crate::error::Result;
use crate::query::Predicate;
use crate::record::{ColumnPath, VectorDef};
use crate::store::arrow::{arrow_failed, column};
use crate::store::core::{Core, Keys};
use crate::store::write::ingest::KeySet;

/// A vector column, and the number of rows that have a text for it but no vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::maintain) struct MissingVectors {
    pub(in crate::store::maintain) column: &'static str,
    pub(in crate::store::maintain) rows: usize,
}

/// The rows that have the same key as an earlier row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::store) struct DuplicateKeys {
    pub(in crate::store) rows: usize,
    /// One of the keys.
    pub(in crate::store) key: String,
}

impl Core {
    /// Counts the rows that have a text but no vector for it. Reads each vector column, and the texts of rows without a vector.
    pub(in crate::store::maintain) async fn missing_vectors(&self) -> Result<Vec<MissingVectors>> {
        let mut missing = Vec::new();
        for vector in &self.record.vectors {
            let sources = self.sources(vector);
            if sources.is_empty() || self.opened.field_with_name(vector.name).is_err() {
                continue;
            }
            let mut rows = 0;
            let predicate = without_vector(vector, &sources);
            let read = self.table.rows_of(&predicate, &sources, |batch| {
                rows += with_text(&batch, &sources)?;
                Ok(())
            });
            read.await?;
            missing.push(MissingVectors { column: vector.name, rows });
        }
        Ok(missing)
    }

    /// Counts the rows that have the same key as an earlier row. Returns `None` for a record without a key. Reads the
    /// columns of the key, and needs up to 11.5 bytes of memory per row.
    pub(in crate::store::maintain) async fn duplicate_keys(&self) -> Result<Option<DuplicateKeys>> {
        let columns = self.key_columns();
        if columns.is_empty() { Ok(None) } else { duplicate_keys(&self.table, &columns).await.map(Some) }
    }

    /// Returns the columns of the table that a vector is computed from.
    fn sources(&self, vector: &VectorDef) -> Vec<&'static str> {
        self.record
            .sources(vector)
            .map(|field| field.name)
            .filter(|name| self.opened.field_with_name(name).is_ok())
            .collect()
    }
}

/// Counts the rows that have the same key as an earlier row. The key consists of the given columns. Reads the columns, and
/// needs up to 11.5 bytes of memory per row.
pub(in crate::store) async fn duplicate_keys(
    table: &Table,
    columns: &[&'static str],
) -> Result<DuplicateKeys> {
    let (mut seen, mut rows, mut example) = (KeySet::default(), 0, None);
    let read = table.all_rows(columns, |batch| {
        let arrays = columns.iter().map(|&name| Ok((name, column(&batch, name)?)));
        let keys = Keys::new(arrays.collect::<Result<_>>()?)?;
        rows += keys.fingerprints.len();
        if let Some(duplicate) = seen.extend(&keys) {
            example.get_or_insert_with(|| keys.display(duplicate));
        }
        Ok(())
    });
    read.await?;
    Ok(DuplicateKeys { rows: rows - seen.len(), key: example.unwrap_or_default() })
}

/// Counts the rows in which at least one of the columns is null.
pub(in crate::store) async fn null_keys(table: &Table, columns: &[&'static str]) -> Result<usize> {
    let is_null = |&column: &&'static str| Predicate::IsNull { column: ColumnPath::column(column) };
    let predicate = Predicate::Or(columns.iter().map(is_null).collect());
    let mut rows = 0;
    let read = table.rows_of(&predicate, columns, |batch| {
        rows += batch.num_rows();
        Ok(())
    });
    read.await?;
    Ok(rows)
}

fn without_vector(vector: &VectorDef, sources: &[&'static str]) -> Predicate {
    let is_null = |column| Predicate::IsNull { column: ColumnPath::column(column) };
    let present = sources.iter().map(|source| Predicate::Not(Box::new(is_null(source))));
    Predicate::And(vec![is_null(vector.name), Predicate::Or(present.collect())])
}

/// Counts the rows in which at least one of the columns holds text that is not blank, or a plain value.
fn with_text(batch: &RecordBatch, sources: &[&'static str]) -> Result<usize> {
    let columns = sources.iter().map(|name| column(batch, name).and_then(text_of));
    let columns: Vec<ArrayRef> = columns.collect::<Result<_>>()?;
    let is_present = |row: usize| columns.iter().any(|column| has_text(column, row));
    Ok((0..batch.num_rows()).filter(|&row| is_present(row)).count())
}

/// Casts text of any encoding to `Utf8`. Returns other columns as they are.
fn text_of(column: ArrayRef) -> Result<ArrayRef> {
    let is_text = match column.data_type() {
        DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => **values == DataType::Utf8,
        _ => false,
    };
    if is_text { arrow_cast::cast(&column, &DataType::Utf8).map_err(arrow_failed) } else { Ok(column) }
}

/// Returns `true` if the row holds text that is not blank, or a plain value. A nested value may render as blank text in a
/// template, so it does not count.
fn has_text(column: &ArrayRef, row: usize) -> bool {
    if column.is_null(row) {
        return false;
    }
    match column.as_string_opt::<i32>() {
        Some(texts) => !texts.value(row).trim().is_empty(),
        None => !column.data_type().is_nested(),
    }
}
