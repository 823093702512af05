use std::collections::HashMap;

use arrow_array::RecordBatch;

use super::{Chunk, Slot};
use crate::error::Result;
use crate::record::{self, EmbeddingRecord, vector_at};
use crate::store::arrow::column;
use crate::store::core::{Core, StoreVector};

/// A function that returns the texts of the rows for each of the given vectors. Vectors are identified by their positions in
/// the record. A missing or blank text is `None`.
pub(in crate::store) type TextsOf = fn(&RecordBatch, &[usize]) -> Result<Vec<Vec<Option<String>>>>;

/// The [`TextsOf`] function of a record.
pub(in crate::store) fn texts_of<R: EmbeddingRecord>(
    batch: &RecordBatch,
    vectors: &[usize],
) -> Result<Vec<Vec<Option<String>>>> {
    let records = record::decode::<R>(batch)?;
    let text = |record: &R, vector| {
        let text = record.source_text(vector).filter(|text| !text.trim().is_empty());
        text.map(std::borrow::Cow::into_owned)
    };
    Ok(vectors.iter().map(|&vector| records.iter().map(|record| text(record, vector)).collect()).collect())
}

/// Returns the texts of the rows for each vector of the store, in order.
pub(in crate::store) fn texts_by_vector<'a>(
    core: &'a Core,
    batch: &RecordBatch,
    texts_of: TextsOf,
) -> Result<impl Iterator<Item = (&'a StoreVector, Vec<Option<String>>)> + use<'a>> {
    let numbers: Vec<usize> = core.vectors.iter().map(|vector| vector.number).collect();
    Ok(core.vectors.iter().zip(texts_of(batch, &numbers)?))
}

/// Vectors by their source texts, in one map for each vector column. The keys of the outer map are the positions of the columns
/// in [`Core::vectors`].
#[derive(Debug, Default, Clone)]
pub(in crate::store) struct VectorCache(HashMap<usize, HashMap<String, Vec<f32>>>);

impl VectorCache {
    /// Adds the vectors of a batch that has all columns of the record.
    pub(in crate::store) fn extend(
        &mut self,
        core: &Core,
        batch: &RecordBatch,
        texts_of: TextsOf,
    ) -> Result<()> {
        for (position, (vector, texts)) in texts_by_vector(core, batch, texts_of)?.enumerate() {
            let vectors = column(batch, vector.name())?;
            let vectors_by_text = self.0.entry(position).or_default();
            for (row, text) in texts.into_iter().enumerate() {
                if let (Some(text), Some(vector)) = (text, vector_at(&vectors, row)) {
                    vectors_by_text.insert(text, vector);
                }
            }
        }
        Ok(())
    }

    /// Adds the vector of a text to the vector column at `position`.
    pub(in crate::store) fn insert(&mut self, position: usize, text: &str, vector: Vec<f32>) {
        self.0.entry(position).or_default().insert(text.to_owned(), vector);
    }

    /// Returns the number of vectors.
    pub(in crate::store) fn len(&self) -> usize {
        self.0.values().map(HashMap::len).sum()
    }

    /// Fills in each missing vector of a chunk if the cache has a vector for its text.
    pub(in crate::store) fn fill(&self, chunk: &mut Chunk) -> Result<()> {
        for (position, vector) in chunk.vectors.iter_mut().enumerate() {
            let Some(vectors) = self.0.get(&position) else { continue };
            for row in 0..vector.slots().len() {
                let Some(Slot::Source(text)) = vector.slots().get(row) else { continue };
                if let Some(values) = vectors.get(&**text) {
                    vector.fill(row, values)?;
                }
            }
        }
        Ok(())
    }
}
