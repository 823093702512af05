//! Counts the vectors of a column, to decide whether it needs an index.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::store::core::{Core, StoreVector};

/// The number of rows whose vectors are counted.
const SAMPLED: usize = 64;

/// The seed of the sample, so that repeated decisions about an unchanged table agree.
const SEED: u64 = 0x6461_7475_7373_746f;

impl Core {
    /// Returns the number of vectors of a column in a table of `rows` rows. For a column with several vectors
    /// per row, the number is estimated from a few rows. For any other column, this returns `rows`, which is an upper bound.
    pub(super) async fn vector_count(&self, vector: &StoreVector, rows: usize) -> Result<usize> {
        if !vector.definition.multi || rows == 0 {
            return Ok(rows);
        }
        let layout = vector.layout();
        let metric = vector.definition.metric;
        let snapshot = self.table.vector_snapshot(vector.name(), metric, layout).await?;
        let mut random = fastrand::Rng::with_seed(SEED);
        let drawn: BTreeSet<u64> =
            std::iter::repeat_with(|| random.u64(0..rows as u64)).take(SAMPLED.min(rows)).collect();
        let (sampled, drawn) = (drawn.len(), drawn.into_iter().collect());
        let vectors = snapshot.vectors(drawn).await?;
        let components: usize = vectors.iter().map(|(_, vector)| vector.len()).sum();
        Ok((components / layout.dimension.max(1)).saturating_mul(rows).div_ceil(sampled.max(1)))
    }
}
