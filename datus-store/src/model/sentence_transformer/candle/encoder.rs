use candle_core::{Result as CandleResult, Tensor};

use super::super::architecture::{Activation, Architecture, Family};
use super::super::layer_names::LayerNames;
use super::activation::activate;
use super::embeddings::Embeddings;
use super::linear::{Linear, Norm};
use super::relative::RelativeBias;
use super::weights::Weights;
use crate::error::Result;

/// The encoder of the BERT family. It consists of embeddings and layers, each with attention and a feed-forward network.
/// Both have a residual connection, followed by a layer norm.
///
/// Activations have one row for each token. Only attention treats the texts of a batch separately.
pub(super) struct Encoder {
    embeddings: Embeddings,
    relative: Option<RelativeBias>,
    layers: Vec<Layer>,
}

struct Layer {
    heads: usize,
    /// Computes queries, keys and values in one matrix product. The queries are already multiplied by the attention scale.
    projection: Linear,
    output: Linear,
    attention_norm: Norm,
    up: Linear,
    activation: Activation,
    down: Linear,
    norm: Norm,
}

impl Encoder {
    pub(super) fn load(architecture: &Architecture, weights: &Weights) -> Result<Self> {
        let embeddings = Embeddings::load(architecture, weights)?;
        let relative = match architecture.family {
            Family::MpNet => Some(RelativeBias::load(architecture, weights)?),
            Family::Bert | Family::Roberta | Family::DistilBert => None,
        };
        let layers = (0..architecture.layers).map(|number| Layer::load(architecture, weights, number));
        Ok(Self { embeddings, relative, layers: layers.collect::<Result<_>>()? })
    }

    /// Returns the vectors of `rows × length` ids as `rows · length` rows. The mask of shape `rows × 1 × 1 × length` is
    /// added to the attention scores.
    pub(super) fn forward(
        &self,
        ids: &Tensor,
        types: Option<&Tensor>,
        mask: Option<&Tensor>,
    ) -> CandleResult<Tensor> {
        let (rows, length) = ids.dims2()?;
        let bias = match (&self.relative, mask) {
            (None, mask) => mask.cloned(),
            (Some(relative), None) => Some(relative.of(length)?),
            (Some(relative), Some(mask)) => Some(relative.of(length)?.broadcast_add(mask)?),
        };
        let mut hidden = self.embeddings.forward(ids, types)?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden, rows, length, bias.as_ref())?;
        }
        Ok(hidden)
    }
}

impl Layer {
    fn load(architecture: &Architecture, weights: &Weights, number: usize) -> Result<Self> {
        let Architecture { hidden, intermediate, heads, activation, .. } = *architecture;
        let names = LayerNames::of(architecture.family);
        let name = |part: &str| format!("{}.{number}.{part}", names.layer);
        let linear = |part, input, output| Linear::load(weights, &name(part), input, output);
        let scale = 1.0 / ((hidden / heads) as f64).sqrt();
        let query = weights.computed(linear(names.query, hidden, hidden)?.scaled(scale))?;
        let (key, value) = (linear(names.key, hidden, hidden)?, linear(names.value, hidden, hidden)?);
        Ok(Self {
            heads,
            projection: weights.computed(Linear::join(&[query, key, value]))?,
            output: linear(names.output, hidden, hidden)?,
            attention_norm: Norm::load(architecture, weights, &name(names.attention_norm))?,
            up: linear(names.up, hidden, intermediate)?,
            activation,
            down: linear(names.down, intermediate, hidden)?,
            norm: Norm::load(architecture, weights, &name(names.norm))?,
        })
    }

    fn forward(
        &self,
        hidden: &Tensor,
        rows: usize,
        length: usize,
        bias: Option<&Tensor>,
    ) -> CandleResult<Tensor> {
        let attended = self.output.forward(&self.attend(hidden, rows, length, bias)?)?;
        let hidden = self.attention_norm.forward(&(attended + hidden)?)?;
        let inner = activate(self.activation, &self.up.forward(&hidden)?)?;
        self.norm.forward(&(self.down.forward(&inner)? + hidden)?)
    }

    /// Computes multi-head attention. The result for a token is the mean of the values of all tokens in its text, weighted
    /// by how well their keys match its query.
    fn attend(
        &self,
        hidden: &Tensor,
        rows: usize,
        length: usize,
        bias: Option<&Tensor>,
    ) -> CandleResult<Tensor> {
        let (tokens, width) = hidden.dims2()?;
        let projected = self.projection.forward(hidden)?;
        let split = projected.reshape((rows, length, 3, self.heads, width / self.heads))?;
        let split = split.permute((2, 0, 3, 1, 4))?.contiguous()?;
        let (query, key, value) = (split.get(0)?, split.get(1)?, split.get(2)?);

        let mut scores = query.matmul(&key.t()?)?;
        if let Some(bias) = bias {
            scores = scores.broadcast_add(bias)?;
        }
        let weights = candle_nn::ops::softmax_last_dim(&scores)?;
        weights.matmul(&value)?.transpose(1, 2)?.reshape((tokens, width))
    }
}
