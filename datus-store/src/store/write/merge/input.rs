use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{Schema, SchemaRef};

use crate::error::Result;
use crate::store::arrow::arrow_failed;
use crate::store::core::{Core, Fingerprint};
use crate::store::write::ingest::{Chunk, LastRows, Slot};
use crate::store::write::spill::SpillBuffer;

/// The original rows of an input, for a second comparison with the table. Like the rows to write, they are kept in memory up to
/// 256 MiB and in a temporary file beyond that.
pub(super) struct InputRows {
    /// Batches whose rows provide no vectors. They have the record's columns.
    plain: SpillBuffer,
    /// Batches in which at least one row provides a vector. They have the record's columns, then the vector columns. A vector
    /// that is embedded from a text is null.
    with_vectors: SpillBuffer,
    batches: Vec<InputBatch>,
}

/// A batch of the input. Batches are in input order.
struct InputBatch {
    has_vectors: bool,
    /// The key of each row and its position in the input; empty if duplicate keys are errors.
    rows: Vec<(Fingerprint, u64)>,
    /// The mask of the rows to keep; `None` for all.
    kept: Option<BooleanArray>,
    /// `true` if at least one row must be written, so the plan has a batch for it.
    planned: bool,
}

impl InputRows {
    pub(super) fn new(core: &Core) -> Self {
        let fields: Vec<_> = core.schema.fields().iter().take(core.record.fields.len()).cloned().collect();
        let plain: SchemaRef = Arc::new(Schema::new(fields.clone()));
        let vectors = core.schema.fields().iter().skip(core.record.fields.len());
        let vectors = vectors.map(|field| Arc::new(field.as_ref().clone().with_nullable(true)));
        let with_vectors = Arc::new(Schema::new(fields.into_iter().chain(vectors).collect::<Vec<_>>()));
        Self {
            plain: SpillBuffer::new(&plain),
            with_vectors: SpillBuffer::new(&with_vectors),
            batches: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, chunk: &Chunk, rows: Vec<(Fingerprint, u64)>) -> Result<()> {
        let given = |slot: &Slot| matches!(slot, Slot::Filled(_));
        let has_vectors = chunk.vectors.iter().any(|vector| vector.slots().iter().any(given));
        let waiting = if has_vectors { &mut self.with_vectors } else { &mut self.plain };
        let mut columns = chunk.columns.clone();
        if has_vectors {
            let given = chunk.vectors.iter().map(|vector| vector.given().finish());
            columns.extend(given.collect::<Result<Vec<ArrayRef>>>()?);
        }
        let batch = RecordBatch::try_new(Arc::clone(waiting.schema()), columns).map_err(arrow_failed)?;
        self.batches.push(InputBatch { has_vectors, rows, kept: None, planned: false });
        waiting.push(batch)
    }

    /// Removes rows that are not the last ones with their keys.
    pub(super) fn keep_last(&mut self, last: &LastRows) {
        for batch in &mut self.batches {
            let kept: Vec<bool> = std::mem::take(&mut batch.rows)
                .into_iter()
                .map(|(key, number)| last.is_last(key, number))
                .collect();
            if kept.contains(&false) {
                batch.kept = Some(BooleanArray::from(kept));
            }
        }
    }

    /// Returns `true` if a row of the input provides a vector.
    pub(super) fn provides_vectors(&self) -> bool {
        self.batches.iter().any(|batch| batch.has_vectors)
    }

    /// Records for each batch whether the plan has a batch for it.
    pub(super) fn planned(&mut self, planned: Vec<bool>) {
        for (batch, planned) in self.batches.iter_mut().zip(planned) {
            batch.planned = planned;
        }
    }

    /// Returns an iterator over all batches in order. The flag is `true` if the plan has a batch for it.
    pub(super) fn read(&self) -> Result<impl Iterator<Item = Result<(RecordBatch, bool)>> + Send + use<>> {
        let (mut plain, mut with_vectors) = (self.plain.read()?, self.with_vectors.read()?);
        let order: Vec<_> =
            self.batches.iter().map(|batch| (batch.has_vectors, batch.kept.clone(), batch.planned)).collect();
        Ok(order.into_iter().map_while(move |(has_vectors, kept, planned)| {
            let batch = if has_vectors { with_vectors.next() } else { plain.next() }?;
            let kept = batch.and_then(|batch| match kept {
                None => Ok(batch),
                Some(kept) => arrow_select::filter::filter_record_batch(&batch, &kept),
            });
            Some(kept.map(|batch| (batch, planned)).map_err(arrow_failed))
        }))
    }
}
