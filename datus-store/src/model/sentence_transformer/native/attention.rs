use pulp::{Simd, WithSimd};

use super::functions::exp;
use super::panels::Panels;
use super::product::{Epilogue, Lhs, Product};
use super::relative::Biases;
use super::vector::{load, store};

/// Multi-head attention within one text. The result for a token is the mean of the values of all tokens, weighted by how
/// well their keys match its query.
pub(super) struct Attention<'a> {
    /// The query, key and value of each token, one after another. Each is as wide as all heads together.
    pub(super) projected: &'a [f32],
    pub(super) tokens: usize,
    pub(super) width: usize,
    pub(super) heads: usize,
    pub(super) biases: Option<&'a Biases>,
    /// The results, with a row for each token.
    pub(super) output: &'a mut [f32],
    pub(super) scratch: &'a mut Scratch,
}

/// Buffers that are reused for each text.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    keys: Panels,
    values: Panels,
    scores: Vec<f32>,
}

/// The number of tokens whose scores are computed at a time. It equals the number of rows in a product's largest tile, and
/// is small enough for the scores to stay in the L1 cache.
const ROWS: usize = 8;

impl WithSimd for Attention<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { projected, tokens, width, heads, biases, output, scratch } = self;
        let Scratch { keys, values, scores } = scratch;
        let (size, stride) = (width / heads, 3 * width);
        scores.resize(ROWS * tokens, 0.0);
        for head in 0..heads {
            let first = head * size;
            keys.pack_transposed(&projected[width + first..], stride, size, tokens, S::F32_LANES);
            values.pack(&projected[2 * width + first..], stride, tokens, size, S::F32_LANES);
            for token in (0..tokens).step_by(ROWS) {
                let rows = ROWS.min(tokens - token);
                simd.vectorize(Product {
                    left: Lhs { values: &projected[token * stride + first..], stride, rows },
                    right: keys,
                    output: &mut *scores,
                    stride: tokens,
                    epilogue: Epilogue::Store,
                });
                let mut factors = [0.0; ROWS];
                for row in 0..rows {
                    let scores = &mut scores[row * tokens..][..tokens];
                    if let Some(biases) = biases {
                        let bias = biases.row(head, token + row, tokens);
                        scores.iter_mut().zip(bias).for_each(|(score, bias)| *score += bias);
                    }
                    factors[row] = 1.0 / exponentials(simd, scores);
                }
                simd.vectorize(Product {
                    left: Lhs { values: scores, stride: tokens, rows },
                    right: values,
                    output: &mut output[token * width + first..],
                    stride: width,
                    epilogue: Epilogue::Scale(&factors),
                });
            }
        }
    }
}

/// Replaces each value with its exponential divided by the exponential of the greatest value, and returns the sum.
#[inline(always)]
fn exponentials<S: Simd>(simd: S, values: &mut [f32]) -> f32 {
    let (vectors, rest) = S::as_mut_simd_f32s(values);
    let mut max = simd.splat_f32s(f32::MIN);
    for vector in vectors.iter() {
        max = simd.max_f32s(max, *vector);
    }
    let mut max = simd.reduce_max_f32s(max);
    for value in rest.iter() {
        max = max.max(*value);
    }
    let max = simd.splat_f32s(max);
    let mut sums = simd.splat_f32s(0.0);
    for vector in vectors {
        *vector = exp(simd, simd.sub_f32s(*vector, max));
        sums = simd.add_f32s(sums, *vector);
    }
    let mut total = simd.reduce_sum_f32s(sums);
    if !rest.is_empty() {
        let last = exp(simd, simd.sub_f32s(load(simd, rest), max));
        store(simd, rest, last);
        for value in rest.iter() {
            total += value;
        }
    }
    total
}
