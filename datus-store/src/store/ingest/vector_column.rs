use std::sync::{Arc, OnceLock};

use arrow_array::{ArrayRef, FixedSizeListArray, Float32Array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::DataType;

use crate::error::{Error, ErrorKind, Result};
use crate::record::vector_type;

/// A text that is embedded once, for all rows in flight that have it.
#[derive(Debug)]
pub(in crate::store) struct Text {
    pub(super) text: Arc<str>,
    /// Set when its call has come back.
    pub(super) vector: OnceLock<Vec<f32>>,
}

/// Where the vector of one row is.
#[derive(Debug, Clone)]
pub(in crate::store) enum Slot {
    /// In the column's values already: the caller gave it, or the table had it.
    Filled,
    /// To be made from the text, which is not blank.
    Source(Arc<str>),
    /// Being made, perhaps for other rows too.
    Embedding(Arc<Text>),
    /// There is no text, so there is no vector.
    Nothing,
}

/// One vector column of a chunk while its vectors are made.
#[derive(Debug)]
pub(in crate::store) struct VectorColumn {
    dimension: usize,
    values: Vec<f32>,
    slots: Vec<Slot>,
}

impl VectorColumn {
    pub(in crate::store) fn new(dimension: usize, rows: usize) -> Self {
        Self { dimension, values: Vec::with_capacity(dimension * rows), slots: Vec::with_capacity(rows) }
    }

    /// Appends a row that has its vector, of the column's dimension.
    pub(in crate::store) fn push_vector(&mut self, vector: &[f32]) {
        self.values.extend_from_slice(vector);
        self.slots.push(Slot::Filled);
    }

    /// Appends a row whose vector is made from its text; a blank text has none.
    pub(in crate::store) fn push_text(&mut self, text: Option<&str>) {
        self.values.resize(self.values.len() + self.dimension, 0.0);
        self.slots.push(match text {
            Some(text) if !text.trim().is_empty() => Slot::Source(text.into()),
            _ => Slot::Nothing,
        });
    }

    /// The same column with the rows that are kept.
    pub(in crate::store) fn filter(&self, keep: &[bool]) -> Self {
        let mut kept = Self::new(self.dimension, keep.iter().filter(|keep| **keep).count());
        for (row, _) in keep.iter().enumerate().filter(|(_, keep)| **keep) {
            kept.values.extend_from_slice(self.row(row));
            kept.slots.extend(self.slots.get(row).cloned());
        }
        kept
    }

    pub(in crate::store) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(super) fn slots_mut(&mut self) -> &mut [Slot] {
        &mut self.slots
    }

    /// A column of the same type without rows.
    pub(in crate::store) fn empty(&self) -> ArrayRef {
        arrow_array::new_empty_array(&vector_type(self.dimension))
    }

    /// Gives a row its vector.
    pub(in crate::store) fn fill(&mut self, row: usize, vector: &[f32]) {
        if vector.len() != self.dimension {
            return;
        }
        let start = row * self.dimension;
        if let Some(place) = self.values.get_mut(start..start + self.dimension) {
            place.copy_from_slice(vector);
        }
        if let Some(slot) = self.slots.get_mut(row) {
            *slot = Slot::Filled;
        }
    }

    /// The values of a row; zeros where there is no vector yet.
    pub(in crate::store) fn row(&self, row: usize) -> &[f32] {
        self.values.get(row * self.dimension..(row + 1) * self.dimension).unwrap_or_default()
    }

    /// The Arrow column, when every text has its vector.
    pub(in crate::store) fn finish(mut self) -> Result<ArrayRef> {
        for row in 0..self.slots.len() {
            let Some(Slot::Embedding(text)) = self.slots.get(row) else { continue };
            let text = Arc::clone(text);
            let vector = text.vector.get().ok_or_else(unfinished)?;
            self.fill(row, vector);
        }
        let Self { dimension, values, slots } = self;
        if slots.iter().any(|slot| matches!(slot, Slot::Source(_))) {
            return Err(unfinished());
        }
        let valid: BooleanBuffer = slots.iter().map(|slot| !matches!(slot, Slot::Nothing)).collect();
        let nulls = Some(NullBuffer::new(valid)).filter(|nulls| nulls.null_count() > 0);
        let DataType::FixedSizeList(item, length) = vector_type(dimension) else {
            return Err(Error::new(
                ErrorKind::Model,
                "the model has a dimension that no vector column can have",
            ));
        };
        let column = FixedSizeListArray::try_new(item, length, Arc::new(Float32Array::from(values)), nulls);
        column.map(|column| Arc::new(column) as ArrayRef).map_err(|source| {
            Error::new(ErrorKind::Model, "the vectors do not make an Arrow column").with_source(source)
        })
    }
}

fn unfinished() -> Error {
    Error::new(ErrorKind::Model, "a text was not embedded")
}
