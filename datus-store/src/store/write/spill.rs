mod buffer;

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, RecordBatch, RecordBatchIterator, RecordBatchReader, new_null_array,
};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};

pub(in crate::store) use self::buffer::{SpillBuffer, spill_failed};
use crate::backend::Batches;
use crate::error::Result;

/// Rows that wait for their commit.
pub(in crate::store) struct Spill {
    schema: SchemaRef,
    batches: SpillBuffer,
    /// The rows of each batch to keep, or `None` to keep all rows.
    kept: Vec<Option<BooleanArray>>,
    rows: usize,
}

impl Spill {
    pub(in crate::store) fn new(schema: &SchemaRef) -> Self {
        Self { schema: Arc::clone(schema), batches: SpillBuffer::new(schema), kept: Vec::new(), rows: 0 }
    }

    pub(in crate::store) fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows += batch.num_rows();
        self.kept.push(None);
        self.batches.push(batch)
    }

    /// Keeps only the rows of a batch that are `true` in `rows`.
    pub(in crate::store) fn keep(&mut self, batch: usize, rows: BooleanArray) {
        self.rows -= rows.len() - rows.true_count();
        self.kept[batch] = Some(rows);
    }

    pub(in crate::store) fn rows(&self) -> usize {
        self.rows
    }
}

impl Batches for Spill {
    fn open(&self) -> Result<Box<dyn RecordBatchReader + Send>> {
        let batches = self.batches.read()?.zip(self.kept.clone()).map(move |(batch, kept)| match kept {
            None => batch,
            Some(kept) => arrow_select::filter::filter_record_batch(&batch?, &kept),
        });
        Ok(Box::new(RecordBatchIterator::new(batches, Arc::clone(&self.schema))))
    }
}

/// Rows with additional columns of the table, which are null in every row.
pub(in crate::store) struct WithNullColumns {
    rows: Arc<Spill>,
    schema: SchemaRef,
}

impl WithNullColumns {
    pub(in crate::store) fn new(rows: &Arc<Spill>, null: Vec<Field>) -> Self {
        let rows = Arc::clone(rows);
        if null.is_empty() {
            return Self { schema: Arc::clone(&rows.schema), rows };
        }
        let own = rows.schema.fields().iter().map(|field| Field::clone(field));
        let fields: Vec<Field> = own.chain(null).collect();
        let schema = Schema::new_with_metadata(fields, rows.schema.metadata().clone());
        Self { rows, schema: Arc::new(schema) }
    }

    pub(in crate::store) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

impl Batches for WithNullColumns {
    fn open(&self) -> Result<Box<dyn RecordBatchReader + Send>> {
        let (rows, schema) = (self.rows.open()?, self.schema());
        let batches = rows.map(move |batch| with_null_columns(batch?, &schema));
        Ok(Box::new(RecordBatchIterator::new(batches, self.schema())))
    }
}

/// Returns the batch with all columns of the schema. The columns that the batch lacks come last in the schema and are
/// null.
fn with_null_columns(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let rows = batch.num_rows();
    let nulls = schema.fields().iter().skip(batch.num_columns());
    let nulls = nulls.map(|field| new_null_array(field.data_type(), rows));
    let columns: Vec<ArrayRef> = batch.columns().iter().cloned().chain(nulls).collect();
    RecordBatch::try_new(Arc::clone(schema), columns)
}
