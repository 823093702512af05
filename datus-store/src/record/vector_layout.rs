//! The Arrow type of vector columns, and the arrays for one vector or a list of vectors per row.
//!
//! In memory, the vectors of a row are always one slice: several vectors are concatenated.

use std::sync::Arc;

use arrow_schema::{DataType, Field};
#[cfg(feature = "store")]
use {
    super::components_array,
    arrow_array::{ArrayRef, FixedSizeListArray, ListArray},
    arrow_buffer::{NullBuffer, OffsetBuffer},
    arrow_schema::ArrowError,
};

use super::VectorElement;

/// The layout of a vector column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VectorLayout {
    /// The number of components of a vector.
    pub(crate) dimension: usize,
    pub(crate) element: VectorElement,
    /// `true` if each row contains a list of vectors.
    pub(crate) multi: bool,
}

impl VectorLayout {
    /// Returns the Arrow type. LanceDB's own clients use the same names and nullability for the item fields.
    pub(crate) fn data_type(self) -> DataType {
        let (item, length) = self.vector();
        let vector = DataType::FixedSizeList(item, length);
        if self.multi { DataType::List(Arc::new(Field::new("item", vector, true))) } else { vector }
    }

    /// Returns the item field and the length of a single vector.
    fn vector(self) -> (Arc<Field>, i32) {
        let item = Field::new("item", self.element.data_type(), true);
        (Arc::new(item), i32::try_from(self.dimension).unwrap_or(i32::MAX))
    }

    /// Returns `true` if a row can have this number of components.
    #[cfg(feature = "store")]
    pub(crate) fn takes(self, components: usize) -> bool {
        match self.multi {
            false => components == self.dimension,
            true => components > 0 && components.is_multiple_of(self.dimension.max(1)),
        }
    }

    /// Creates the column. `rows` contains the number of components of each row. If each row has a single vector, `values`
    /// contains its components even if the vector is null.
    #[cfg(feature = "store")]
    pub(crate) fn column(
        self,
        values: Vec<f32>,
        rows: impl Iterator<Item = usize>,
        nulls: Option<NullBuffer>,
    ) -> Result<ArrayRef, ArrowError> {
        let (item, length) = self.vector();
        let values = components_array(values, self.element);
        if !self.multi {
            return Ok(Arc::new(FixedSizeListArray::try_new(item, length, values, nulls)?));
        }
        let lists = OffsetBuffer::from_lengths(rows.map(|components| components / self.dimension.max(1)));
        let vectors = FixedSizeListArray::try_new(item, length, values, None)?;
        let DataType::List(item) = self.data_type() else {
            return Err(ArrowError::SchemaError("the column does not have a list type".to_owned()));
        };
        Ok(Arc::new(ListArray::try_new(item, lists, Arc::new(vectors), nulls)?))
    }
}

#[cfg(all(test, feature = "store"))]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use arrow_array::Array;

    use super::*;
    use crate::record::vector_at;

    #[test]
    fn the_vectors_of_a_row_are_read_as_they_were_written() {
        for element in [VectorElement::Float32, VectorElement::Float16] {
            let layout = VectorLayout { dimension: 2, element, multi: true };
            let values = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
            let nulls = NullBuffer::from(vec![true, false, true]);
            let column = layout.column(values, [4, 0, 2].into_iter(), Some(nulls)).unwrap();
            assert_eq!(*column.data_type(), layout.data_type());
            let rows = (0..3).map(|row| vector_at(&column, row));
            let expected = [Some(vec![1.0, 2.0, 3.0, 4.0]), None, Some(vec![5.0, 6.0])];
            assert_eq!(rows.collect::<Vec<_>>(), expected);
            assert_eq!(vector_at(&column.slice(2, 1), 0), Some(vec![5.0, 6.0]));
        }
        let one = VectorLayout { dimension: 2, element: VectorElement::Float32, multi: false };
        let column = one.column(vec![1.0, 2.0, 3.0, 4.0], [2, 2].into_iter(), None).unwrap();
        assert_eq!(vector_at(&column, 1), Some(vec![3.0, 4.0]));
    }

    #[test]
    fn a_row_of_one_vector_has_its_dimension_and_a_list_a_multiple_of_it() {
        let layout = |multi| VectorLayout { dimension: 3, element: VectorElement::Float32, multi };
        let taken = |multi| [0, 2, 3, 6, 7].map(|components| layout(multi).takes(components));
        assert_eq!(taken(false), [false, false, true, false, false]);
        assert_eq!(taken(true), [false, false, true, true, false]);
    }
}
