use std::sync::{Mutex, PoisonError};

use arrow_array::RecordBatch;

/// The rows of the newest small fragment, as this process wrote them. The next write puts its rows to them without
/// reading them.
#[derive(Default)]
pub(in crate::backend) struct Tail(Mutex<Option<Rows>>);

struct Rows {
    /// The names of the fragment's data files.
    files: String,
    /// The ids of the table's fields.
    fields: Vec<i32>,
    /// All rows of the files, in their order, with the columns of the table.
    batch: RecordBatch,
}

impl Tail {
    /// Returns the rows of the fragment with these files, also those deleted since, if they are in memory with these
    /// columns. A column can be added and dropped without a change of files.
    pub(super) fn get(&self, files: &str, fields: &[i32]) -> Option<RecordBatch> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = rows.as_ref().filter(|rows| rows.files == files && rows.fields == fields)?;
        Some(rows.batch.clone())
    }

    pub(super) fn set(&self, files: String, fields: Vec<i32>, batch: RecordBatch) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Rows { files, fields, batch });
    }
}
