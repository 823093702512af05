//! Functions on Arrow arrays that several operations share.

use arrow_array::{ArrayRef, RecordBatch, UInt32Array};
use arrow_schema::ArrowError;

use crate::error::{Error, ErrorKind, Result};

/// Returns a column of a batch that the engine returned.
pub(super) fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    batch
        .column_by_name(name)
        .cloned()
        .ok_or_else(|| Error::new(ErrorKind::Engine, "LanceDB's result lacks the column").with_column(name))
}

/// Returns the given rows of a column.
pub(in crate::store) fn take(array: &ArrayRef, rows: &[usize]) -> Result<ArrayRef> {
    let rows: UInt32Array = rows.iter().map(|&row| u32::try_from(row).unwrap_or(u32::MAX)).collect();
    arrow_select::take::take(array, &rows, None).map_err(arrow_failed)
}

/// Returns the error for Arrow columns that cannot be combined.
pub(in crate::store) fn arrow_failed(source: ArrowError) -> Error {
    Error::new(ErrorKind::Engine, "Arrow columns cannot be combined").with_source(source)
}
