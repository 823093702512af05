//! SIMD vectors, which are read from slices and written to slices.
//!
//! All functions that take SIMD vectors are inlined into a function that was compiled for the instruction set of the
//! CPU. A call that is not inlined would pass each vector through memory.

use pulp::Simd;

/// Reads at most one vector. Missing values are zeros.
#[inline(always)]
pub(super) fn load<S: Simd>(simd: S, values: &[f32]) -> S::f32s {
    match S::as_simd_f32s(values) {
        ([vector], []) => *vector,
        _ => simd.partial_load_f32s(values),
    }
}

/// Writes as many of the first values of a vector as fit into the slice.
#[inline(always)]
pub(super) fn store<S: Simd>(simd: S, values: &mut [f32], vector: S::f32s) {
    if let ([whole], []) = S::as_mut_simd_f32s(values) {
        *whole = vector;
        return;
    }
    simd.partial_store_f32s(values, vector);
}
