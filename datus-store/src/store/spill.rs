mod waiting;

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, RecordBatch, RecordBatchIterator, RecordBatchReader, new_null_array,
};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};

use self::waiting::Waiting;
use crate::backend::Batches;
use crate::error::Result;

/// Rows that wait for their commit.
pub(super) struct Spill {
    schema: SchemaRef,
    batches: Waiting,
    /// For each batch the rows that count; `None` when all do.
    kept: Vec<Option<BooleanArray>>,
    /// Columns of the table that the batches lack, and that are null in each row.
    null: Vec<Field>,
    rows: usize,
}

impl Spill {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        Self {
            schema: Arc::clone(schema),
            batches: Waiting::new(schema),
            kept: Vec::new(),
            null: Vec::new(),
            rows: 0,
        }
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

    /// Writes null into these columns too.
    pub(super) fn leave_null(&mut self, columns: Vec<Field>) {
        self.null = columns;
    }

    /// The schema of the rows, with the columns that are left null.
    pub(super) fn schema(&self) -> SchemaRef {
        if self.null.is_empty() {
            return Arc::clone(&self.schema);
        }
        let own = self.schema.fields().iter().map(|field| Field::clone(field));
        let fields: Vec<Field> = own.chain(self.null.iter().cloned()).collect();
        Arc::new(Schema::new_with_metadata(fields, self.schema.metadata().clone()))
    }
}

/// The batch with the schema's columns; those that it lacks come last in it and are null.
fn widened(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let rows = batch.num_rows();
    let lacking = schema.fields().iter().skip(batch.num_columns());
    let lacking = lacking.map(|field| new_null_array(field.data_type(), rows));
    let columns: Vec<ArrayRef> = batch.columns().iter().cloned().chain(lacking).collect();
    RecordBatch::try_new(Arc::clone(schema), columns)
}

impl Batches for Spill {
    fn open(&self) -> Result<Box<dyn RecordBatchReader + Send>> {
        let (schema, answer) = (self.schema(), self.schema());
        let batches = self.batches.read()?.zip(self.kept.clone()).map(move |(batch, kept)| {
            let batch = match kept {
                None => batch?,
                Some(kept) => arrow_select::filter::filter_record_batch(&batch?, &kept)?,
            };
            widened(batch, &schema)
        });
        Ok(Box::new(RecordBatchIterator::new(batches, answer)))
    }
}
