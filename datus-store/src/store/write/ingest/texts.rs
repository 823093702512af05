use std::collections::HashMap;

use arrow_array::RecordBatch;

use super::{Chunk, Slot};
use crate::error::Result;
use crate::record::{self, EmbeddingRecord, vector_at};
use crate::store::arrow::column;
use crate::store::core::Core;

/// Returns the texts of the rows for each of the vectors, which are given by their numbers in the record. A missing or blank
/// text is `None`.
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

/// Vectors by their source texts, in one map for each vector column.
#[derive(Debug, Default, Clone)]
pub(in crate::store) struct VectorCache(Vec<HashMap<String, Vec<f32>>>);

impl VectorCache {
    /// Adds the vectors of a batch that has all columns of the record.
    pub(in crate::store) fn extend(
        &mut self,
        core: &Core,
        batch: &RecordBatch,
        texts_of: TextsOf,
    ) -> Result<()> {
        self.0.resize_with(core.record.vectors.len(), HashMap::new);
        let texts = texts_of(batch, &core.vector_numbers)?;
        for ((vectors_by_text, definition), texts) in self.0.iter_mut().zip(&core.record.vectors).zip(texts) {
            let vectors = column(batch, definition.name)?;
            for (row, text) in texts.into_iter().enumerate() {
                if let (Some(text), Some(vector)) = (text, vector_at(&vectors, row)) {
                    vectors_by_text.insert(text, vector);
                }
            }
        }
        Ok(())
    }

    /// Adds the vector of a text to the vector column with the number `column`. The record has `columns` vector columns.
    pub(in crate::store) fn insert(&mut self, columns: usize, column: usize, text: &str, vector: Vec<f32>) {
        self.0.resize_with(columns.max(self.0.len()), HashMap::new);
        if let Some(vectors) = self.0.get_mut(column) {
            vectors.insert(text.to_owned(), vector);
        }
    }

    /// Fills in the vectors of rows of a chunk that wait for one, if a vector of their text is present.
    pub(in crate::store) fn fill(&self, chunk: &mut Chunk) -> Result<()> {
        for (vector, vectors) in chunk.vectors.iter_mut().zip(&self.0) {
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
