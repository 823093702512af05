//! Reads of Arrow arrays that several operations share.

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::ArrowError;

use crate::error::{Error, ErrorKind, Result};

/// Returns a column of an answer.
pub(super) fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    batch
        .column_by_name(name)
        .cloned()
        .ok_or_else(|| Error::new(ErrorKind::Engine, "LanceDB's answer lacks the column").with_column(name))
}

/// Returns the error for columns that do not fit each other.
pub(in crate::store) fn arrow_failed(source: ArrowError) -> Error {
    Error::new(ErrorKind::Engine, "Arrow columns cannot be combined").with_source(source)
}
