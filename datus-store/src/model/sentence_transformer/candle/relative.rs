use candle_core::{Result as CandleResult, Tensor};

use super::architecture::Architecture;
use super::weights::Weights;
use crate::error::Result;

/// The distance from which all distances share the last bucket.
const MAX_DISTANCE: f64 = 128.0;

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

/// Returns the bucket of a distance. The lower half of the buckets is for earlier tokens, and the upper half for later
/// tokens. In each half, the first half of the buckets is for single distances. The other buckets grow by a constant
/// factor.
fn bucket(from: usize, to: usize, buckets: usize) -> u32 {
    let half = buckets / 2;
    let exact = half / 2;
    let distance = from.abs_diff(to);
    let within = if distance < exact {
        distance
    } else {
        // Single precision gives the same bucket boundaries as the implementation that the models were trained with.
        let share = (distance as f32 / exact as f32).ln() / (MAX_DISTANCE / exact as f64).ln() as f32;
        (exact + (share * (half - exact) as f32) as usize).min(half.saturating_sub(1))
    };
    (if to > from { half + within } else { within }) as u32
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn short_distances_have_their_own_buckets_and_long_distances_share_them() {
        let before: Vec<u32> =
            [0, 1, 7, 8, 11, 12, 16, 127, 500].iter().map(|&far| bucket(far, 0, 32)).collect();
        assert_eq!(before, [0, 1, 7, 8, 8, 9, 10, 15, 15]);
        assert_eq!(bucket(0, 1, 32), 17);
        assert_eq!(bucket(0, 500, 32), 31);
    }
}
