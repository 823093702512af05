use candle_core::{Result as CandleResult, Tensor};

use super::super::architecture::Architecture;
use super::super::distance::bucket;
use super::weights::Weights;
use crate::error::Result;

/// The attention bias of MPNet, which depends on the distance and order of two tokens.
pub(super) struct RelativeBias {
    /// A row for each bucket of distances, with a value for each head.
    table: Tensor,
    buckets: usize,
}

impl RelativeBias {
    pub(super) fn load(architecture: &Architecture, weights: &Weights) -> Result<Self> {
        let Architecture { buckets, heads, .. } = *architecture;
        let table = weights.get("encoder.relative_attention_bias.weight", &[buckets, heads])?;
        Ok(Self { table, buckets })
    }

    /// Returns the bias for texts of this length. Its shape is `1 × heads × length × length`.
    pub(super) fn of(&self, length: usize) -> CandleResult<Tensor> {
        let pairs = (0..length).flat_map(|from| (0..length).map(move |to| (from, to)));
        let buckets: Vec<u32> = pairs.map(|(from, to)| bucket(from, to, self.buckets)).collect();
        let buckets = Tensor::from_vec(buckets, length * length, self.table.device())?;
        let rows = self.table.index_select(&buckets, 0)?;
        let heads = rows.dim(1)?;
        rows.reshape((length, length, heads))?.permute((2, 0, 1))?.contiguous()?.unsqueeze(0)
    }
}
