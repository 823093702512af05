//! Encodes records as Arrow batches, and decodes them.

use std::borrow::Borrow;
use std::iter;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::Schema;

use super::{EmbeddingRecord, FieldDef, Row, RowBuilder, RowReader};
use crate::error::{Error, ErrorKind, Result};

/// Encodes records as one Arrow batch, without vectors. Each column allocates once.
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
/// `InvalidInput`, with the column, when a value does not fit its Arrow type.
pub fn encode<'a, R: EmbeddingRecord>(records: impl IntoIterator<Item = &'a R>) -> Result<RecordBatch> {
    let records: Vec<&R> = records.into_iter().collect();
    to_batch::<R>(encode_columns(&records)?)
}

/// Encodes records like [`encode`], and drops each one as soon as it is encoded. This is faster than dropping them all at the
/// end, because each record is still in the CPU cache when it is dropped.
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
/// See [`encode`].
pub fn encode_owned<R: EmbeddingRecord>(records: Vec<R>) -> Result<RecordBatch> {
    let mut builder = allocated_builder::<R>(&records);
    for record in records {
        builder.push_each(iter::once(&record))?;
    }
    to_batch::<R>(builder.finish()?)
}

fn to_batch<R: Row>(columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    let fields: Vec<_> = R::fields().iter().map(FieldDef::to_arrow).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the columns do not form an Arrow batch").with_source(source)
    })
}

/// Encodes records as arrays, one per column in order of declaration.
///
/// # Errors
/// See [`encode`].
pub(crate) fn encode_columns<R: Row>(rows: &[&R]) -> Result<Vec<ArrayRef>> {
    let mut builder = allocated_builder::<R>(rows);
    builder.push_each(rows.iter().copied())?;
    builder.finish()
}

/// Returns a builder with enough memory for the rows.
fn allocated_builder<R: Row>(rows: &[impl Borrow<R>]) -> R::Builder {
    let mut builder = R::Builder::default();
    for row in rows {
        builder.measure(row.borrow());
    }
    builder.allocate();
    builder
}

/// Decodes the records of a batch. Columns are found by name, and columns that the record lacks are ignored.
///
/// # Errors
/// `Decode`, with the column, when a column is missing or has a different type, or when the field cannot represent a
/// value.
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
