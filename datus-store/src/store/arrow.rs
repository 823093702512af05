//! Reads of Arrow arrays that several operations share.

use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::ArrowError;

use crate::error::{Error, ErrorKind, Result};

/// Returns a column of an answer.
pub(super) fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    batch
        .column_by_name(name)
        .cloned()
        .ok_or_else(|| Error::new(ErrorKind::Engine, "LanceDB's answer lacks the column").with_column(name))
}

/// Returns the values of one vector, or `None` for a null.
pub(in crate::store) fn values_of(vectors: &ArrayRef, row: usize) -> Option<Vec<f32>> {
    let vectors = vectors.as_fixed_size_list_opt().filter(|vectors| vectors.is_valid(row))?;
    Some(vectors.value(row).as_primitive_opt::<Float32Type>()?.values().to_vec())
}

/// Returns the error for columns that do not fit each other.
pub(in crate::store) fn arrow_failed(source: ArrowError) -> Error {
    Error::new(ErrorKind::Engine, "Arrow columns cannot be combined").with_source(source)
}
