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

/// Returns the components of one vector, or `None` for an array of a different type.
pub(crate) fn components(values: &dyn Array) -> Option<Vec<f32>> {
    if let Some(values) = values.as_primitive_opt::<Float32Type>() {
        return Some(values.values().to_vec());
    }
    let values = values.as_primitive_opt::<Float16Type>()?;
    Some(values.values().iter().map(|value| value.to_f32()).collect())
}

/// Returns the vector in a row of a column, or `None` for a null.
pub(crate) fn vector_at(column: &ArrayRef, row: usize) -> Option<Vec<f32>> {
    let list = column.as_fixed_size_list_opt().filter(|list| list.is_valid(row))?;
    components(&*list.value(row))
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
