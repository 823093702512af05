use std::sync::{Arc, OnceLock};

use arrow_array::{ArrayRef, FixedSizeListArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::DataType;

use crate::error::{Error, ErrorKind, Result};
use crate::record::{VectorElement, components_array, stored, vector_type};
use crate::store::core::StoreVector;

/// A text that is embedded once for all rows in flight that contain it.
#[derive(Debug)]
pub(in crate::store) struct Text {
    pub(super) text: Arc<str>,
    /// The vector, once the model call has returned.
    pub(super) vector: OnceLock<Vec<f32>>,
}

/// The state of the vector of one row.
#[derive(Debug, Clone)]
pub(in crate::store) enum Slot {
    /// The vector is present, at this position among the column's own vectors. The caller provided it, or the table had it.
    Filled(usize),
    /// The vector must be embedded from the text, which is not blank.
    Source(Arc<str>),
    /// The vector is being embedded, possibly for other rows too.
    Embedding(Arc<Text>),
    /// The row has no text, so it gets no vector.
    Nothing,
}

/// A vector column of a chunk whose vectors are being embedded.
///
/// It holds the vectors that are present already. New vectors are merged at the end, so that chunks that wait for the model
/// take no memory for them.
#[derive(Debug, Clone)]
pub(in crate::store) struct VectorColumn {
    dimension: usize,
    element: VectorElement,
    rows: usize,
    /// The vectors that are present as they are stored, one after the other.
    values: Vec<f32>,
    slots: Vec<Slot>,
}

impl VectorColumn {
    fn new(dimension: usize, element: VectorElement, rows: usize) -> Self {
        Self { dimension, element, rows, values: Vec::new(), slots: Vec::with_capacity(rows) }
    }

    /// Creates the column of a vector of the store.
    pub(in crate::store) fn of(vector: &StoreVector, rows: usize) -> Self {
        Self::new(vector.dimension(), vector.definition.element, rows)
    }

    /// Appends a row with its vector, which has the column's dimension.
    pub(in crate::store) fn push_vector(&mut self, vector: &[f32]) {
        let slot = self.own(vector);
        self.slots.push(slot);
    }

    /// Appends a row whose text is to be embedded. A blank text gets no vector.
    pub(in crate::store) fn push_text(&mut self, text: Option<&str>) {
        self.slots.push(match text {
            Some(text) if !text.trim().is_empty() => Slot::Source(text.into()),
            _ => Slot::Nothing,
        });
    }

    /// Returns the column with only the rows for which `keep` is true.
    pub(in crate::store) fn filter(&self, keep: &[bool]) -> Self {
        let mut kept = Self::new(self.dimension, self.element, keep.iter().filter(|keep| **keep).count());
        for (row, slot) in self.slots.iter().enumerate().filter(|(row, _)| keep.get(*row) == Some(&true)) {
            match slot {
                Slot::Filled(_) => kept.push_vector(self.row(row)),
                other => kept.slots.push(other.clone()),
            }
        }
        kept
    }

    /// Returns a column of the same rows with only the vectors that are present. The others are null.
    pub(in crate::store) fn given(&self) -> Self {
        let mut given = Self::new(self.dimension, self.element, self.rows);
        for (row, slot) in self.slots.iter().enumerate() {
            match slot {
                Slot::Filled(_) => given.push_vector(self.row(row)),
                Slot::Source(_) | Slot::Embedding(_) | Slot::Nothing => given.push_text(None),
            }
        }
        given
    }

    pub(in crate::store) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(super) fn slots_mut(&mut self) -> &mut [Slot] {
        &mut self.slots
    }

    /// Returns a column of the same type without rows.
    pub(in crate::store) fn empty(&self) -> ArrayRef {
        arrow_array::new_empty_array(&vector_type(self.dimension, self.element))
    }

    /// Sets the vector of a row that has none yet.
    ///
    /// # Errors
    /// `Engine` if the vector does not have the column's dimension, or the row does not exist.
    pub(in crate::store) fn fill(&mut self, row: usize, vector: &[f32]) -> Result<()> {
        if vector.len() != self.dimension || row >= self.slots.len() {
            let message = format!(
                "row {row} of {} got a vector of {} values, and the column has {}",
                self.slots.len(),
                vector.len(),
                self.dimension
            );
            return Err(Error::new(ErrorKind::Engine, message));
        }
        self.slots[row] = self.own(vector);
        Ok(())
    }

    /// Returns the vector of a row; empty if the row has none yet.
    pub(in crate::store) fn row(&self, row: usize) -> &[f32] {
        match self.slots.get(row) {
            Some(Slot::Filled(place)) => self.at(*place),
            _ => &[],
        }
    }

    /// Appends a vector to those that are present.
    fn own(&mut self, vector: &[f32]) -> Slot {
        if self.values.capacity() == 0 {
            self.values.reserve_exact(self.dimension * self.rows);
        }
        let element = self.element;
        self.values.extend(vector.iter().map(|value| stored(*value, element)));
        Slot::Filled((self.values.len() / self.dimension.max(1)).saturating_sub(1))
    }

    fn at(&self, place: usize) -> &[f32] {
        self.values.get(place * self.dimension..(place + 1) * self.dimension).unwrap_or_default()
    }

    /// Builds the Arrow column. Every text must have its vector.
    pub(in crate::store) fn finish(mut self) -> Result<ArrayRef> {
        let valid: BooleanBuffer = self.slots.iter().map(|slot| !matches!(slot, Slot::Nothing)).collect();
        let nulls = Some(NullBuffer::new(valid)).filter(|nulls| nulls.null_count() > 0);
        let in_order = |(row, slot): (usize, &Slot)| matches!(slot, Slot::Filled(place) if *place == row);
        let values = match self.slots.iter().enumerate().all(in_order) {
            true => std::mem::take(&mut self.values),
            false => self.gather()?,
        };
        let DataType::FixedSizeList(item, length) = vector_type(self.dimension, self.element) else {
            return Err(Error::new(
                ErrorKind::Model,
                "the dimension of the model is too large for a vector column",
            ));
        };
        let column = FixedSizeListArray::try_new(item, length, components_array(values, self.element), nulls);
        column.map(|column| Arc::new(column) as ArrayRef).map_err(|source| {
            Error::new(ErrorKind::Model, "the vectors do not make an Arrow column").with_source(source)
        })
    }

    /// Returns the vectors of all rows, in order, with zeros for rows without one.
    fn gather(&mut self) -> Result<Vec<f32>> {
        let mut values = Vec::with_capacity(self.dimension * self.slots.len());
        for slot in std::mem::take(&mut self.slots) {
            let end = values.len() + self.dimension;
            match slot {
                Slot::Filled(place) => values.extend_from_slice(self.at(place)),
                Slot::Embedding(text) => {
                    values.extend_from_slice(text.vector.get().ok_or_else(unfinished)?);
                }
                Slot::Source(_) => return Err(unfinished()),
                Slot::Nothing => {}
            }
            values.resize(end, 0.0);
        }
        Ok(values)
    }
}

fn unfinished() -> Error {
    Error::new(ErrorKind::Model, "a text was not embedded")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    #[test]
    fn a_vector_of_a_different_dimension_or_for_a_missing_row_is_an_error() {
        let mut column = VectorColumn::new(2, VectorElement::default(), 1);
        column.push_text(Some("tea"));
        for (row, vector) in [(0, &[1.0][..]), (0, &[1.0, 2.0, 3.0]), (1, &[1.0, 2.0])] {
            assert_eq!(column.fill(row, vector).unwrap_err().kind(), ErrorKind::Engine);
        }
        assert!(column.clone().finish().is_err(), "the text has no vector yet");
        column.fill(0, &[1.0, 2.0]).unwrap();
        assert_eq!(column.row(0), [1.0, 2.0]);
        assert_eq!(column.finish().unwrap().len(), 1);
    }
}
