mod waiting;

use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::SchemaRef;

use self::waiting::Waiting;
use crate::backend::Batches;
use crate::error::Result;

/// Rows that wait for their commit.
pub(super) struct Spill {
    schema: SchemaRef,
    batches: Waiting,
    /// For each batch the rows that count; `None` when all do.
    kept: Vec<Option<BooleanArray>>,
    rows: usize,
}

impl Spill {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        Self { schema: Arc::clone(schema), batches: Waiting::new(schema), kept: Vec::new(), rows: 0 }
    }

    pub(super) fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows += batch.num_rows();
        self.kept.push(None);
        self.batches.push(batch)
    }

    /// Leaves rows of a batch out.
    pub(super) fn keep(&mut self, batch: usize, rows: BooleanArray) {
        if let Some(kept) = self.kept.get_mut(batch) {
            self.rows -= rows.len() - rows.true_count();
            *kept = Some(rows);
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }
}

impl Batches for Spill {
    fn open(&self) -> Result<Box<dyn RecordBatchReader + Send>> {
        let batches = self.batches.read()?.zip(self.kept.clone()).map(|(batch, kept)| match kept {
            None => batch,
            Some(kept) => arrow_select::filter::filter_record_batch(&batch?, &kept),
        });
        Ok(Box::new(RecordBatchIterator::new(batches, Arc::clone(&self.schema))))
    }
}
