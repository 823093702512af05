//! Reads and writes the components of vectors in Arrow arrays, for every component type.

#[cfg(any(feature = "store", test))]
use std::sync::Arc;

use arrow_array::cast::AsArray;
#[cfg(any(feature = "store", test))]
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::types::{Float16Type, Float32Type};
use arrow_array::{Array, ArrayRef};
#[cfg(any(feature = "store", test))]
use arrow_array::{Float16Array, Float32Array};

#[cfg(any(feature = "store", test))]
use super::VectorElement;

/// The 16-bit float of Arrow.
#[cfg(any(feature = "store", test))]
type Half = <Float16Type as ArrowPrimitiveType>::Native;

/// Returns the components in an array, or `None` for an array of a different type.
fn components(values: &dyn Array) -> Option<Vec<f32>> {
    if let Some(values) = values.as_primitive_opt::<Float32Type>() {
        return Some(values.values().to_vec());
    }
    let values = values.as_primitive_opt::<Float16Type>()?;
    Some(values.values().iter().map(|value| value.to_f32()).collect())
}

/// Returns the vector in a row of a column, or `None` for a null. If the row has several vectors, they are concatenated.
#[cfg(any(feature = "store", test))]
pub(crate) fn vector_at(column: &ArrayRef, row: usize) -> Option<Vec<f32>> {
    vectors_at(column, row).map(|(values, _)| values)
}

/// Returns the concatenated vectors in a row of a column, and the number of vectors. Returns `None` for a null or an empty
/// list.
pub(crate) fn vectors_at(column: &ArrayRef, row: usize) -> Option<(Vec<f32>, usize)> {
    if let Some(vectors) = column.as_fixed_size_list_opt().filter(|list| list.is_valid(row)) {
        return Some((components(&*vectors.value(row))?, 1));
    }
    let list = column.as_list_opt::<i32>().filter(|list| list.is_valid(row))?.value(row);
    let vectors = list.as_fixed_size_list_opt().filter(|vectors| !vectors.is_empty())?;
    // Other programs can write a null among the vectors of a row.
    if vectors.null_count() == 0 {
        return Some((components(&**vectors.values())?, vectors.len()));
    }
    let valid = (0..vectors.len()).filter(|&place| vectors.is_valid(place));
    let valid: Vec<Vec<f32>> =
        valid.map(|place| components(&*vectors.value(place))).collect::<Option<_>>()?;
    Some((valid.concat(), valid.len())).filter(|(_, count)| *count > 0)
}

/// Returns the value as it is stored. A value that is out of range is stored as infinity.
#[cfg(any(feature = "store", test))]
pub(crate) fn stored(value: f32, element: VectorElement) -> f32 {
    match element {
        VectorElement::Float32 => value,
        VectorElement::Float16 => Half::from_f32(value).to_f32(),
    }
}

/// Creates the array of components.
#[cfg(any(feature = "store", test))]
pub(crate) fn components_array(values: Vec<f32>, element: VectorElement) -> ArrayRef {
    match element {
        VectorElement::Float32 => Arc::new(Float32Array::from(values)),
        VectorElement::Float16 => {
            Arc::new(Float16Array::from_iter_values(values.into_iter().map(Half::from_f32)))
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::{FixedSizeListArray, Int32Array};

    use super::*;

    #[test]
    fn components_are_read_from_the_type_that_stores_them() {
        let values = vec![0.5, -2.0, 65504.0];
        for element in [VectorElement::Float32, VectorElement::Float16] {
            let array = components_array(values.clone(), element);
            assert_eq!(array.data_type(), &element.data_type());
            assert_eq!(components(&array), Some(values.clone()));
        }
        assert_eq!(components(&Int32Array::from(vec![1])), None);
    }

    #[test]
    fn a_value_out_of_range_is_infinite_as_it_is_stored() {
        assert_eq!(stored(0.1, VectorElement::Float32), 0.1);
        assert_eq!(stored(0.1, VectorElement::Float16), 0.099_975_586);
        assert_eq!(stored(1e6, VectorElement::Float16), f32::INFINITY);
        assert_eq!(stored(1e6, VectorElement::Float32), 1e6);
    }

    #[test]
    fn a_null_has_no_vector() {
        let vectors = [Some([1.0, 2.0].map(Some)), None];
        let column: ArrayRef =
            Arc::new(FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(vectors, 2));
        assert_eq!((vector_at(&column, 0), vector_at(&column, 1)), (Some(vec![1.0, 2.0]), None));
    }
}
