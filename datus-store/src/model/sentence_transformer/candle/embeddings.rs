use candle_core::{Result as CandleResult, Tensor};

use super::super::architecture::Architecture;
use super::linear::Norm;
use super::weights::Weights;
use crate::error::Result;

/// The embedding layer, which adds the vectors of the word, the position and the type of each token.
pub(super) struct Embeddings {
    /// A row for each word in the vocabulary.
    words: Tensor,
    /// A row for each position. It includes the vector of the first token type, which all tokens of a single text have.
    positions: Tensor,
    /// A row for each token type, with the difference from the vector of the first type.
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

    /// Returns the vectors of `rows × length` ids as `rows · length` rows. The types have the same shape as the ids, and
    /// are used if the model has several types.
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
