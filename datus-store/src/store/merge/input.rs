use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{Schema, SchemaRef};

use crate::error::Result;
use crate::store::compare::arrow_failed;
use crate::store::core::Core;
use crate::store::ingest::{Chunk, Fingerprint, LastRows, Slot};
use crate::store::spill::Waiting;

/// The rows of an input as they were given, to be compared with the table again. Like the rows to write, they are in memory
/// up to 256 MiB and in a temporary file beyond.
pub(super) struct InputRows {
    /// Batches of rows that bring no vectors: the record's columns.
    plain: Waiting,
    /// Batches in which some row brings a vector: the record's columns, then the vector columns, null where the vector is
    /// made of the text.
    with_vectors: Waiting,
    batches: Vec<InputBatch>,
}

/// One batch of the input, in the order in which they came.
struct InputBatch {
    brings_vectors: bool,
    /// For each row its key and its number in the input; empty where no key may come twice.
    rows: Vec<(Fingerprint, u64)>,
    /// The rows that count; `None` when all do.
    kept: Option<BooleanArray>,
    /// Some row of it is to be written: the plan has a batch for it.
    planned: bool,
}

impl InputRows {
    pub(super) fn new(core: &Core) -> Self {
        let fields: Vec<_> = core.schema.fields().iter().take(core.record.fields.len()).cloned().collect();
        let plain: SchemaRef = Arc::new(Schema::new(fields.clone()));
        let vectors = core.schema.fields().iter().skip(core.record.fields.len());
        let vectors = vectors.map(|field| Arc::new(field.as_ref().clone().with_nullable(true)));
        let with_vectors = Arc::new(Schema::new(fields.into_iter().chain(vectors).collect::<Vec<_>>()));
        Self { plain: Waiting::new(&plain), with_vectors: Waiting::new(&with_vectors), batches: Vec::new() }
    }

    pub(super) fn push(&mut self, chunk: &Chunk, rows: Vec<(Fingerprint, u64)>) -> Result<()> {
        let given = |slot: &Slot| matches!(slot, Slot::Filled(_));
        let brings_vectors = chunk.vectors.iter().any(|vector| vector.slots().iter().any(given));
        let waiting = if brings_vectors { &mut self.with_vectors } else { &mut self.plain };
        let mut columns = chunk.columns.clone();
        if brings_vectors {
            let given = chunk.vectors.iter().map(|vector| vector.given().finish());
            columns.extend(given.collect::<Result<Vec<ArrayRef>>>()?);
        }
        let batch = RecordBatch::try_new(Arc::clone(waiting.schema()), columns).map_err(arrow_failed)?;
        self.batches.push(InputBatch { brings_vectors, rows, kept: None, planned: false });
        waiting.push(batch)
    }

    /// Leaves out rows that are not the last ones of their keys.
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

    /// Notes for each batch whether the plan has a batch for it.
    pub(super) fn planned(&mut self, planned: Vec<bool>) {
        for (batch, planned) in self.batches.iter_mut().zip(planned) {
            batch.planned = planned;
        }
    }

    /// All batches, from the first one, and for each whether the plan has a batch for it.
    pub(super) fn read(&self) -> Result<impl Iterator<Item = Result<(RecordBatch, bool)>> + Send + use<>> {
        let (mut plain, mut with_vectors) = (self.plain.read()?, self.with_vectors.read()?);
        let order: Vec<_> = self
            .batches
            .iter()
            .map(|batch| (batch.brings_vectors, batch.kept.clone(), batch.planned))
            .collect();
        Ok(order.into_iter().map_while(move |(brings_vectors, kept, planned)| {
            let batch = if brings_vectors { with_vectors.next() } else { plain.next() }?;
            let kept = batch.and_then(|batch| match kept {
                None => Ok(batch),
                Some(kept) => arrow_select::filter::filter_record_batch(&batch, &kept),
            });
            Some(kept.map(|batch| (batch, planned)).map_err(arrow_failed))
        }))
    }
}
