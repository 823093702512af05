//! Records to Arrow columns and back.

use std::borrow::Borrow;
use std::iter;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::Schema;

use super::{EmbeddingRecord, FieldDef, Row, RowBuilder, RowReader};
use crate::error::{Error, ErrorKind, Result};

/// Writes records into one Arrow batch, without vectors. Memory is taken once for each column.
///
/// ```
/// use datus_store::{EmbeddingRecord, record};
///
/// #[derive(Debug, PartialEq, EmbeddingRecord)]
/// struct City {
///     name: String,
///     population: Option<u32>,
/// }
///
/// let cities = [
///     City { name: "Oslo".into(), population: Some(717_710) },
///     City { name: "Atlantis".into(), population: None },
/// ];
/// let batch = record::encode(&cities)?;
/// assert_eq!((batch.num_rows(), batch.num_columns()), (2, 2));
/// assert_eq!(record::decode::<City>(&batch)?, cities);
/// # Ok::<(), datus_store::Error>(())
/// ```
///
/// # Errors
/// `InvalidInput`, with the column, for a value that does not fit its Arrow type.
pub fn encode<'a, R: EmbeddingRecord>(records: impl IntoIterator<Item = &'a R>) -> Result<RecordBatch> {
    let records: Vec<&R> = records.into_iter().collect();
    batch_of::<R>(encode_columns(&records)?)
}

/// Writes records into one Arrow batch, as [`encode`] does, and drops each as soon as it is written, while it is in
/// the processor's cache: faster than to encode all and then drop all.
///
/// ```
/// use datus_store::{EmbeddingRecord, record};
///
/// #[derive(EmbeddingRecord)]
/// struct City {
///     name: String,
/// }
///
/// let batch = record::encode_owned(vec![City { name: "Oslo".into() }, City { name: "Bergen".into() }])?;
/// assert_eq!(batch.num_rows(), 2);
/// # Ok::<(), datus_store::Error>(())
/// ```
///
/// # Errors
/// As [`encode`].
pub fn encode_owned<R: EmbeddingRecord>(records: Vec<R>) -> Result<RecordBatch> {
    let mut builder = allocated::<R>(&records);
    for record in records {
        builder.push_each(iter::once(&record))?;
    }
    batch_of::<R>(builder.finish()?)
}

fn batch_of<R: Row>(columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    let fields: Vec<_> = R::fields().iter().map(FieldDef::to_arrow).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the columns do not make an Arrow batch").with_source(source)
    })
}

/// The columns of the records, in order of declaration.
///
/// # Errors
/// As [`encode`].
pub(crate) fn encode_columns<R: Row>(rows: &[&R]) -> Result<Vec<ArrayRef>> {
    let mut builder = allocated::<R>(rows);
    builder.push_each(rows.iter().copied())?;
    builder.finish()
}

/// Builders with the memory that the rows take.
fn allocated<R: Row>(rows: &[impl Borrow<R>]) -> R::Builder {
    let mut builder = R::Builder::default();
    for row in rows {
        builder.measure(row.borrow());
    }
    builder.allocate();
    builder
}

/// Reads the records of a batch that has the record's columns, found by name; others are passed over.
///
/// # Errors
/// `Decode`, with the column, for a column of another type, a missing one, or a value that the field cannot take.
pub fn decode<R: Row>(batch: &RecordBatch) -> Result<Vec<R>> {
    let columns: Vec<Option<ArrayRef>> =
        R::fields().iter().map(|field| batch.column_by_name(field.name).cloned()).collect();
    let reader = R::Reader::open(&columns)?;
    let mut rows = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        rows.push(reader.get(row)?);
    }
    Ok(rows)
}
