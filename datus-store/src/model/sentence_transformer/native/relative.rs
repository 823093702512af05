use super::super::architecture::Architecture;
use super::super::distance::bucket;
use super::weights::Weights;
use crate::error::Result;

/// The attention bias of MPNet, which depends on the distance and order of two tokens.
pub(super) struct RelativeBias {
    /// A row for each bucket of distances, with a value for each head.
    table: Vec<f32>,
    buckets: usize,
    heads: usize,
}

/// The attention bias for texts of up to a given length.
pub(super) struct Biases {
    /// For each head, the biases in ascending order of relative position: from the most distant earlier token to the
    /// most distant later token.
    values: Vec<f32>,
    length: usize,
}

impl RelativeBias {
    pub(super) fn load(architecture: &Architecture, weights: &Weights<'_>) -> Result<Self> {
        let Architecture { buckets, heads, .. } = *architecture;
        let table = weights.get("encoder.relative_attention_bias.weight", &[buckets, heads])?;
        Ok(Self { table, buckets, heads })
    }

    /// Returns the biases for texts of up to this length, which must be at least 1.
    pub(super) fn of(&self, length: usize) -> Biases {
        let last = length - 1;
        let earlier = (1..length).rev().map(|distance| bucket(distance, 0, self.buckets));
        let later = (0..length).map(|distance| bucket(0, distance, self.buckets));
        let buckets: Vec<usize> = earlier.chain(later).map(|bucket| bucket as usize).collect();
        debug_assert_eq!(buckets.len(), last + length);
        let values = (0..self.heads)
            .flat_map(|head| buckets.iter().map(move |bucket| self.table[bucket * self.heads + head]));
        Biases { values: values.collect(), length }
    }
}

impl Biases {
    /// Returns the bias of the token `from` for each of the first `tokens` tokens.
    pub(super) fn row(&self, head: usize, from: usize, tokens: usize) -> &[f32] {
        let distances = 2 * self.length - 1;
        &self.values[head * distances + self.length - 1 - from..][..tokens]
    }
}
