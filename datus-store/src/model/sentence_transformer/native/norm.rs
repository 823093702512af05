use pulp::{Arch, Simd, WithSimd};

use super::super::architecture::Architecture;
use super::weights::Weights;
use crate::error::Result;

/// A layer norm.
pub(super) struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

impl Norm {
    pub(super) fn load(architecture: &Architecture, weights: &Weights<'_>, name: &str) -> Result<Self> {
        let weight = weights.get(&format!("{name}.weight"), &[architecture.hidden])?;
        let bias = weights.get(&format!("{name}.bias"), &[architecture.hidden])?;
        Ok(Self { weight, bias, epsilon: architecture.epsilon as f32 })
    }

    /// Normalizes each row to mean 0 and variance 1, and then scales and shifts it.
    pub(super) fn apply(&self, arch: Arch, rows: &mut [f32]) {
        arch.dispatch(Normalize { norm: self, rows });
    }
}

struct Normalize<'a> {
    norm: &'a Norm,
    rows: &'a mut [f32],
}

impl WithSimd for Normalize<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Norm { weight, bias, epsilon } = self.norm;
        let width = weight.len();
        for row in self.rows.chunks_exact_mut(width.max(1)) {
            let mean = sum(simd, row) / width as f32;
            let variance = squares(simd, row, mean) / width as f32;
            let scale = 1.0 / (variance + epsilon).sqrt();
            normalize(simd, row, mean, scale, weight, bias);
        }
    }
}

#[inline(always)]
fn sum<S: Simd>(simd: S, row: &[f32]) -> f32 {
    let (vectors, rest) = S::as_simd_f32s(row);
    let mut sums = simd.splat_f32s(0.0);
    for vector in vectors {
        sums = simd.add_f32s(sums, *vector);
    }
    let mut total = simd.reduce_sum_f32s(sums);
    for value in rest {
        total += value;
    }
    total
}

/// Returns the sum of the squared differences from the mean.
#[inline(always)]
fn squares<S: Simd>(simd: S, row: &[f32], mean: f32) -> f32 {
    let (vectors, rest) = S::as_simd_f32s(row);
    let means = simd.splat_f32s(mean);
    let mut sums = simd.splat_f32s(0.0);
    for vector in vectors {
        let difference = simd.sub_f32s(*vector, means);
        sums = simd.mul_add_e_f32s(difference, difference, sums);
    }
    let mut total = simd.reduce_sum_f32s(sums);
    for value in rest {
        total += (value - mean) * (value - mean);
    }
    total
}

#[inline(always)]
fn normalize<S: Simd>(simd: S, row: &mut [f32], mean: f32, scale: f32, weight: &[f32], bias: &[f32]) {
    let (vectors, rest) = S::as_mut_simd_f32s(row);
    let (weights, rest_of_weights) = S::as_simd_f32s(weight);
    let (biases, rest_of_biases) = S::as_simd_f32s(bias);
    let (means, scales) = (simd.splat_f32s(mean), simd.splat_f32s(scale));
    for ((vector, weight), bias) in vectors.iter_mut().zip(weights).zip(biases) {
        let normalized = simd.mul_f32s(simd.sub_f32s(*vector, means), scales);
        *vector = simd.mul_add_e_f32s(normalized, *weight, *bias);
    }
    for ((value, weight), bias) in rest.iter_mut().zip(rest_of_weights).zip(rest_of_biases) {
        *value = (*value - mean) * scale * weight + bias;
    }
}
