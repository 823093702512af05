use pulp::Arch;

use super::super::architecture::Architecture;
use super::norm::Norm;
use super::weights::Weights;
use crate::error::{BoxError, Result};

/// The embedding layer, which adds the vectors of the word and the position of each token.
pub(super) struct Embeddings {
    hidden: usize,
    /// A row for each word of the vocabulary.
    words: Vec<f32>,
    /// A row for each position. It includes the vector of the first token type, which all tokens of a text have.
    positions: Vec<f32>,
    norm: Norm,
}

impl Embeddings {
    pub(super) fn load(architecture: &Architecture, weights: &Weights<'_>) -> Result<Self> {
        let Architecture { hidden, vocabulary, positions, first_position, token_types, .. } = *architecture;
        let words = weights.get("embeddings.word_embeddings.weight", &[vocabulary, hidden])?;
        let mut rows = weights.get("embeddings.position_embeddings.weight", &[positions, hidden])?;
        rows.drain(..(first_position * hidden).min(rows.len()));
        if token_types > 0 {
            let types = weights.get("embeddings.token_type_embeddings.weight", &[token_types, hidden])?;
            for row in rows.chunks_exact_mut(hidden) {
                row.iter_mut().zip(&types).for_each(|(value, first)| *value += first);
            }
        }
        let norm = Norm::load(architecture, weights, "embeddings.LayerNorm")?;
        Ok(Self { hidden, words, positions: rows, norm })
    }

    /// Returns a row for each token, one text after another.
    ///
    /// # Errors
    /// Fails if the model has no vector for a token or for a position.
    pub(super) fn rows(&self, arch: Arch, texts: &[&[u32]]) -> Result<Vec<f32>, BoxError> {
        let tokens: usize = texts.iter().map(|text| text.len()).sum();
        let mut rows = Vec::with_capacity(tokens * self.hidden);
        for text in texts {
            let positions = self.positions.chunks_exact(self.hidden);
            if text.len() > positions.len() {
                let (tokens, positions) = (text.len(), positions.len());
                return Err(
                    format!("a text has {tokens} tokens, but the model has {positions} positions").into()
                );
            }
            for (id, position) in text.iter().zip(positions) {
                let start = *id as usize * self.hidden;
                let word = self.words.get(start..start + self.hidden).ok_or_else(|| {
                    format!("the tokenizer returned the token {id}, which the model does not have")
                })?;
                rows.extend(word.iter().zip(position).map(|(word, position)| word + position));
            }
        }
        self.norm.apply(arch, &mut rows);
        Ok(rows)
    }
}
