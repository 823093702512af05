use pulp::{Arch, Simd, WithSimd};

use super::super::architecture::{Activation, Architecture, Family};
use super::super::layer_names::LayerNames;
use super::attention::{Attention, Scratch};
use super::embeddings::Embeddings;
use super::linear::{Linear, Parameters};
use super::norm::Norm;
use super::product::Epilogue;
use super::relative::{Biases, RelativeBias};
use super::weights::Weights;
use crate::error::{BoxError, Result};

/// The encoder of the BERT family. It consists of embeddings and of layers of attention and feed-forward networks. Each
/// network has a residual connection, followed by a layer norm.
///
/// Activations have one row for each token. The texts follow each other without padding, and only attention treats them
/// separately.
pub(super) struct Encoder {
    /// The instruction set of this CPU.
    arch: Arch,
    embeddings: Embeddings,
    relative: Option<RelativeBias>,
    layers: Vec<Layer>,
    hidden: usize,
}

struct Layer {
    heads: usize,
    /// Computes queries, keys and values in one matrix product. The queries already include the attention scale.
    projection: Linear,
    output: Linear,
    attention_norm: Norm,
    up: Linear,
    activation: Activation,
    down: Linear,
    norm: Norm,
}

/// The buffers of one run, which all layers use.
struct Workspace {
    projected: Vec<f32>,
    attended: Vec<f32>,
    middle: Vec<f32>,
    inner: Vec<f32>,
    scratch: Scratch,
}

impl Encoder {
    pub(super) fn load(architecture: &Architecture, weights: &Weights<'_>) -> Result<Self> {
        let arch = Arch::new();
        let lanes = arch.dispatch(Lanes);
        let embeddings = Embeddings::load(architecture, weights)?;
        let relative = match architecture.family {
            Family::MpNet => Some(RelativeBias::load(architecture, weights)?),
            Family::Bert | Family::Roberta | Family::DistilBert => None,
        };
        let layers = (0..architecture.layers).map(|number| Layer::load(architecture, weights, number, lanes));
        let layers = layers.collect::<Result<_>>()?;
        Ok(Self { arch, embeddings, relative, layers, hidden: architecture.hidden })
    }

    /// Returns the number of values in a row.
    pub(super) fn hidden(&self) -> usize {
        self.hidden
    }

    /// Returns a row for each token, one text after another.
    ///
    /// # Errors
    /// Fails if the model has no vector for a token or for a position.
    pub(super) fn forward(&self, texts: &[&[u32]]) -> Result<Vec<f32>, BoxError> {
        let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let biases = self.relative.as_ref().map(|relative| relative.of(longest.max(1)));
        let mut rows = self.embeddings.rows(self.arch, texts)?;
        let inner = self.layers.first().map_or(0, |layer| layer.up.outputs());
        let mut workspace = Workspace::new(lengths.iter().sum(), self.hidden, inner);
        for layer in &self.layers {
            layer.forward(self.arch, &mut rows, &lengths, biases.as_ref(), &mut workspace);
        }
        Ok(rows)
    }
}

impl Layer {
    fn load(architecture: &Architecture, weights: &Weights<'_>, number: usize, lanes: usize) -> Result<Self> {
        let Architecture { hidden, intermediate, heads, activation, .. } = *architecture;
        let names = LayerNames::of(architecture.family);
        let name = |part: &str| format!("{}.{number}.{part}", names.layer);
        let parameters = |part, inputs, outputs| Parameters::load(weights, &name(part), inputs, outputs);
        let linear = |part, inputs, outputs| {
            Ok::<_, crate::Error>(Linear::new(parameters(part, inputs, outputs)?, inputs, lanes))
        };
        let scale = 1.0 / ((hidden / heads) as f64).sqrt();
        let query = parameters(names.query, hidden, hidden)?.scale(scale as f32);
        let key = parameters(names.key, hidden, hidden)?;
        let value = parameters(names.value, hidden, hidden)?;
        Ok(Self {
            heads,
            projection: Linear::new(query.join(key).join(value), hidden, lanes),
            output: linear(names.output, hidden, hidden)?,
            attention_norm: Norm::load(architecture, weights, &name(names.attention_norm))?,
            up: linear(names.up, hidden, intermediate)?,
            activation,
            down: linear(names.down, intermediate, hidden)?,
            norm: Norm::load(architecture, weights, &name(names.norm))?,
        })
    }

    /// Replaces the rows with the output of the layer.
    fn forward(
        &self,
        arch: Arch,
        rows: &mut [f32],
        lengths: &[usize],
        biases: Option<&Biases>,
        workspace: &mut Workspace,
    ) {
        let Workspace { projected, attended, middle, inner, scratch } = workspace;
        let width = self.output.outputs();
        self.projection.apply(arch, rows, projected, |bias, _| Epilogue::Bias(bias));
        let mut first = 0;
        for &tokens in lengths {
            arch.dispatch(Attention {
                projected: &projected[first * 3 * width..],
                tokens,
                width,
                heads: self.heads,
                biases,
                output: &mut attended[first * width..],
                scratch,
            });
            first += tokens;
        }
        self.output.apply(arch, attended, middle, |bias, from| Epilogue::Residual(bias, &rows[from..]));
        self.attention_norm.apply(arch, middle);
        self.up.apply(arch, middle, inner, |bias, _| Epilogue::Activate(bias, self.activation));
        self.down.apply(arch, inner, rows, |bias, from| Epilogue::Residual(bias, &middle[from..]));
        self.norm.apply(arch, rows);
    }
}

impl Workspace {
    fn new(tokens: usize, hidden: usize, inner: usize) -> Self {
        Self {
            projected: vec![0.0; tokens * 3 * hidden],
            attended: vec![0.0; tokens * hidden],
            middle: vec![0.0; tokens * hidden],
            inner: vec![0.0; tokens * inner],
            scratch: Scratch::default(),
        }
    }
}

/// Returns the number of `f32` lanes in a SIMD register of this processor.
struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}
