use candle_core::{Result as CandleResult, Tensor};

use super::architecture::{Architecture, Family};
use super::encoder::Linear;
use super::weights::Weights;
use crate::error::Result;

/// What makes one number of the vector of an input's first token: a layer as wide as the encoder, and one with a single
/// output.
pub(super) struct Head {
    inner: Linear,
    between: Between,
    output: Linear,
}

/// What stands between the two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    Tanh,
    Relu,
}

impl Head {
    pub(super) fn load(architecture: &Architecture, weights: &Weights) -> Result<Self> {
        let hidden = architecture.hidden;
        let beside = weights.beside_encoder();
        let (inner, between, output) = match architecture.family {
            // BERT's first layer is that of its pretraining, and counts as part of the encoder.
            Family::Bert => {
                (Linear::load(weights, "pooler.dense", hidden, hidden)?, Between::Tanh, "classifier")
            }
            Family::Roberta | Family::MpNet => (
                Linear::load(&beside, "classifier.dense", hidden, hidden)?,
                Between::Tanh,
                "classifier.out_proj",
            ),
            Family::DistilBert => {
                (Linear::load(&beside, "pre_classifier", hidden, hidden)?, Between::Relu, "classifier")
            }
        };
        Ok(Self { inner, between, output: Linear::load(&beside, output, hidden, 1)? })
    }

    /// The number of each vector, `rows × 1` of `rows × hidden`.
    pub(super) fn forward(&self, first: &Tensor) -> CandleResult<Tensor> {
        let inner = self.inner.forward(first)?;
        let inner = match self.between {
            Between::Tanh => inner.tanh()?,
            Between::Relu => inner.relu()?,
        };
        self.output.forward(&inner)
    }
}
