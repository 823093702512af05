use std::ops::Range;
use std::sync::{Arc, OnceLock};

use arrow_array::ArrayRef;
use arrow_buffer::{BooleanBuffer, NullBuffer};

use crate::error::{Error, ErrorKind, Result};
use crate::record::{VectorLayout, stored};
use crate::store::core::StoreVector;

/// A text that is embedded once for all rows in flight that contain it.
#[derive(Debug)]
pub(in crate::store) struct Text {
    pub(super) text: Arc<str>,
    /// The vector, once the model call has returned. If the text has several vectors, they are concatenated.
    pub(super) vector: OnceLock<Vec<f32>>,
}

/// The state of the vector of one row.
#[derive(Debug, Clone)]
pub(in crate::store) enum Slot {
    /// The vector is present, in this range of the column's own components. The caller provided it, or the table had it.
    Filled(Range<usize>),
    /// The vector has yet to be computed from this text, which is not blank.
    Source(Arc<str>),
    /// The text is being embedded, possibly for other rows too.
    Embedding(Arc<Text>),
    /// The row has no text, so it gets no vector.
    Nothing,
}

/// A vector column of a chunk whose texts are being embedded.
///
/// It holds the vectors that are already present. New vectors are merged at the end, so that chunks that wait for the model
/// need no memory for them.
#[derive(Debug, Clone)]
pub(in crate::store) struct VectorColumn {
    layout: VectorLayout,
    rows: usize,
    /// The components of the vectors that are present, one vector after another, in their stored form.
    values: Vec<f32>,
    slots: Vec<Slot>,
}

impl VectorColumn {
    fn new(layout: VectorLayout, rows: usize) -> Self {
        Self { layout, rows, values: Vec::new(), slots: Vec::with_capacity(rows) }
    }

    /// Creates the column for one of the store's vectors.
    pub(in crate::store) fn of(vector: &StoreVector, rows: usize) -> Self {
        Self::new(vector.layout(), rows)
    }

    /// Appends a row with its vector, which fits the layout of the column.
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
        let mut kept = Self::new(self.layout, keep.iter().filter(|keep| **keep).count());
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
        let mut given = Self::new(self.layout, self.rows);
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
        arrow_array::new_empty_array(&self.layout.data_type())
    }

    /// Sets the vector of a row that does not have one yet.
    ///
    /// # Errors
    /// `Engine` if the vector does not fit the layout of the column, or the row does not exist.
    pub(in crate::store) fn fill(&mut self, row: usize, vector: &[f32]) -> Result<()> {
        if !self.layout.takes(vector.len()) || row >= self.slots.len() {
            let message = format!(
                "row {row} of {} received a vector of {} values, but the column has {}",
                self.slots.len(),
                vector.len(),
                self.layout.dimension
            );
            return Err(Error::new(ErrorKind::Engine, message));
        }
        self.slots[row] = self.own(vector);
        Ok(())
    }

    /// Returns the vector of a row, or an empty slice if it does not have one yet.
    pub(in crate::store) fn row(&self, row: usize) -> &[f32] {
        match self.slots.get(row) {
            Some(Slot::Filled(place)) => self.at(place),
            _ => &[],
        }
    }

    /// Appends a vector to those that are present.
    fn own(&mut self, vector: &[f32]) -> Slot {
        if self.values.capacity() == 0 {
            self.values.reserve_exact(self.layout.dimension * self.rows);
        }
        let (start, element) = (self.values.len(), self.layout.element);
        self.values.extend(vector.iter().map(|value| stored(*value, element)));
        Slot::Filled(start..self.values.len())
    }

    fn at(&self, place: &Range<usize>) -> &[f32] {
        self.values.get(place.clone()).unwrap_or_default()
    }

    /// Builds the Arrow column. Every text must already have a vector.
    pub(in crate::store) fn finish(mut self) -> Result<ArrayRef> {
        let valid: BooleanBuffer = self.slots.iter().map(|slot| !matches!(slot, Slot::Nothing)).collect();
        let nulls = Some(NullBuffer::new(valid)).filter(|nulls| nulls.null_count() > 0);
        let mut end = 0;
        let mut in_order = |slot: &Slot| match slot {
            Slot::Filled(place) => place.start == std::mem::replace(&mut end, place.end),
            Slot::Source(_) | Slot::Embedding(_) | Slot::Nothing => false,
        };
        let (values, rows) = match self.slots.iter().all(&mut in_order) {
            true => (std::mem::take(&mut self.values), self.slots.iter().map(length).collect()),
            false => self.gather()?,
        };
        self.layout.column(values, rows.into_iter(), nulls).map_err(|source| {
            Error::new(ErrorKind::Model, "the vectors cannot be combined into an Arrow column")
                .with_source(source)
        })
    }

    /// Returns the vectors of all rows, in order, and the number of components of each row. A row without a vector has
    /// zeros, or no components in a column with several vectors per row.
    fn gather(&mut self) -> Result<(Vec<f32>, Vec<usize>)> {
        let mut values = Vec::with_capacity(self.layout.dimension * self.slots.len());
        let mut rows = Vec::with_capacity(self.slots.len());
        for slot in std::mem::take(&mut self.slots) {
            let start = values.len();
            match slot {
                Slot::Filled(place) => values.extend_from_slice(self.at(&place)),
                Slot::Embedding(text) => {
                    values.extend_from_slice(text.vector.get().ok_or_else(unfinished)?);
                }
                Slot::Source(_) => return Err(unfinished()),
                Slot::Nothing => {}
            }
            if !self.layout.multi {
                values.resize(start + self.layout.dimension, 0.0);
            }
            rows.push(values.len() - start);
        }
        Ok((values, rows))
    }
}

/// Returns the number of components of a vector that is present.
fn length(slot: &Slot) -> usize {
    if let Slot::Filled(place) = slot { place.len() } else { 0 }
}

fn unfinished() -> Error {
    Error::new(ErrorKind::Model, "a text was not embedded")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::record::{VectorElement, vector_at};

    fn layout(multi: bool) -> VectorLayout {
        VectorLayout { dimension: 2, element: VectorElement::default(), multi }
    }

    #[test]
    fn rows_of_several_vectors_have_different_lengths() {
        let mut column = VectorColumn::new(layout(true), 4);
        column.push_vector(&[1.0, 2.0, 3.0, 4.0]);
        column.push_text(None);
        column.push_text(Some("tea"));
        column.push_vector(&[5.0, 6.0]);
        assert_eq!(column.fill(2, &[7.0]).unwrap_err().kind(), ErrorKind::Engine);
        column.fill(2, &[7.0, 8.0, 9.0, 10.0, 11.0, 12.0]).unwrap();
        let few = column.filter(&[false, true, true, false]).finish().unwrap();
        assert_eq!(vector_at(&few, 1).unwrap().len(), 6);
        let rows = column.finish().unwrap();
        let lengths: Vec<_> = (0..4).map(|row| vector_at(&rows, row).map(|values| values.len())).collect();
        assert_eq!(lengths, [Some(4), None, Some(6), Some(2)]);
        assert_eq!(vector_at(&rows, 3), Some(vec![5.0, 6.0]));
    }

    #[test]
    fn a_vector_of_a_different_dimension_or_for_a_missing_row_is_an_error() {
        let mut column = VectorColumn::new(layout(false), 1);
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
