use candle_core::{Result as CandleResult, Tensor};

use super::architecture::Architecture;
use super::encoder::Norm;
use super::weights::Weights;
use crate::error::Result;

/// What a token is at first: the vector of its word and that of its position.
pub(super) struct Embeddings {
    /// One row for each word of the vocabulary.
    words: Tensor,
    /// One row for each position; the vector of the first token type, which all tokens of a single text have, is in it.
    positions: Tensor,
    /// For each type of token how its vector differs from that of the first.
    types: Option<Tensor>,
    norm: Norm,
}

impl Embeddings {
    pub(super) fn load(architecture: &Architecture, weights: &Weights) -> Result<Self> {
        let Architecture { hidden, vocabulary, positions, first_position, token_types, .. } = *architecture;
        let words = weights.get("embeddings.word_embeddings.weight", &[vocabulary, hidden])?;
        let mut rows = weights.get("embeddings.position_embeddings.weight", &[positions, hidden])?;
        let mut types = None;
        if token_types > 0 {
            let table = weights.get("embeddings.token_type_embeddings.weight", &[token_types, hidden])?;
            let first = weights.computed(table.narrow(0, 0, 1))?;
            rows = weights.computed(rows.broadcast_add(&first))?;
            types = Some(weights.computed(table.broadcast_sub(&first))?);
        }
        let positions =
            weights.computed(rows.narrow(0, first_position, positions.saturating_sub(first_position)))?;
        let norm = Norm::load(architecture, weights, "embeddings.LayerNorm")?;
        Ok(Self { words, positions, types, norm })
    }

    /// The vectors of `rows × length` ids, as `rows · length` rows. Their types, of the same shape, count where the model
    /// has several.
    pub(super) fn forward(&self, ids: &Tensor, types: Option<&Tensor>) -> CandleResult<Tensor> {
        let (rows, length) = ids.dims2()?;
        let mut words = self.words.index_select(&ids.flatten_all()?, 0)?;
        if let (Some(table), Some(types)) = (&self.types, types)
            && table.dim(0)? > 1
        {
            words = (words + table.index_select(&types.flatten_all()?, 0)?)?;
        }
        let hidden = words.dim(1)?;
        let positions = self.positions.narrow(0, 0, length)?;
        let sum = words.reshape((rows, length, hidden))?.broadcast_add(&positions)?;
        self.norm.forward(&sum.reshape((rows * length, hidden))?)
    }
}
