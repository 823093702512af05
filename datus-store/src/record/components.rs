//! The components of vectors in Arrow arrays, whatever their type is.

#[cfg(feature = "store")]
use std::sync::Arc;

use arrow_array::cast::AsArray;
#[cfg(feature = "store")]
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::types::{Float16Type, Float32Type};
use arrow_array::{Array, ArrayRef};
#[cfg(feature = "store")]
use arrow_array::{Float16Array, Float32Array};

#[cfg(feature = "store")]
use super::VectorElement;

/// The 16-bit float of Arrow.
#[cfg(feature = "store")]
type Half = <Float16Type as ArrowPrimitiveType>::Native;

/// Returns the components in an array, or `None` for an array of a different type.
fn components(values: &dyn Array) -> Option<Vec<f32>> {
    if let Some(values) = values.as_primitive_opt::<Float32Type>() {
        return Some(values.values().to_vec());
    }
    let values = values.as_primitive_opt::<Float16Type>()?;
    Some(values.values().iter().map(|value| value.to_f32()).collect())
}

/// Returns the vector in a row of a column, or `None` for a null. If the row has several vectors, they follow each other.
#[cfg(feature = "store")]
pub(crate) fn vector_at(column: &ArrayRef, row: usize) -> Option<Vec<f32>> {
    vectors_at(column, row).map(|(values, _)| values)
}

/// Returns the vectors in a row of a column one after the other, and their number. Returns `None` for a null and for an
/// empty list.
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

/// Returns the value as it is stored, which is infinite if it is out of range.
#[cfg(feature = "store")]
pub(crate) fn stored(value: f32, element: VectorElement) -> f32 {
    match element {
        VectorElement::Float32 => value,
        VectorElement::Float16 => Half::from_f32(value).to_f32(),
    }
}

/// Creates the array of components.
#[cfg(feature = "store")]
pub(crate) fn components_array(values: Vec<f32>, element: VectorElement) -> ArrayRef {
    match element {
        VectorElement::Float32 => Arc::new(Float32Array::from(values)),
        VectorElement::Float16 => {
            Arc::new(Float16Array::from_iter_values(values.into_iter().map(Half::from_f32)))
        }
    }
}
