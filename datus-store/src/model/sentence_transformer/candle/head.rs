use candle_core::{Result as CandleResult, Tensor};

use super::super::architecture::{Architecture, Family};
use super::linear::Linear;
use super::weights::Weights;
use crate::error::Result;

/// The classification head, which computes a score from the vector of the first token of an input. It consists of a layer
/// as wide as the encoder, and a layer with one output.
pub(super) struct Head {
    inner: Linear,
    activation: Activation,
    output: Linear,
}

/// The activation function between the two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activation {
    Tanh,
    Relu,
}

impl Head {
    pub(super) fn load(architecture: &Architecture, weights: &Weights) -> Result<Self> {
        let hidden = architecture.hidden;
        let unprefixed = weights.without_prefix();
        let (inner, activation, output) = match architecture.family {
            // For BERT, the first layer of the head was trained during pretraining and is stored as part of the encoder.
            Family::Bert => {
                (Linear::load(weights, "pooler.dense", hidden, hidden)?, Activation::Tanh, "classifier")
            }
            Family::Roberta | Family::MpNet => (
                Linear::load(&unprefixed, "classifier.dense", hidden, hidden)?,
                Activation::Tanh,
                "classifier.out_proj",
            ),
            Family::DistilBert => {
                (Linear::load(&unprefixed, "pre_classifier", hidden, hidden)?, Activation::Relu, "classifier")
            }
        };
        Ok(Self { inner, activation, output: Linear::load(&unprefixed, output, hidden, 1)? })
    }

    /// Returns the score of each vector. The input has the shape `rows × hidden`, and the output `rows × 1`.
    pub(super) fn forward(&self, first: &Tensor) -> CandleResult<Tensor> {
        let inner = self.inner.forward(first)?;
        let inner = match self.activation {
            Activation::Tanh => inner.tanh()?,
            Activation::Relu => inner.relu()?,
        };
        self.output.forward(&inner)
    }
}
