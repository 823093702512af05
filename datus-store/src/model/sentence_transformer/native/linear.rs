use pulp::Arch;

use super::panels::Panels;
use super::product::{Epilogue, Lhs, Product};
use super::weights::Weights;
use crate::error::Result;

/// The number of values in a block of the left side, which is multiplied by all panels before the next block. Its 600 KB stay
/// in the L2 cache, alongside a panel.
const BLOCK: usize = 150_000;

/// A linear layer.
pub(super) struct Linear {
    weight: Panels,
    bias: Vec<f32>,
}

/// The parameters of a linear layer, as they are stored: a row of weights for each output.
pub(super) struct Parameters {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Parameters {
    pub(super) fn load(weights: &Weights<'_>, name: &str, inputs: usize, outputs: usize) -> Result<Self> {
        let weight = weights.get(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = weights.get(&format!("{name}.bias"), &[outputs])?;
        Ok(Self { weight, bias })
    }

    pub(super) fn scale(mut self, factor: f32) -> Self {
        self.weight.iter_mut().chain(&mut self.bias).for_each(|value| *value *= factor);
        self
    }

    /// Adds the outputs of another layer with the same inputs.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.weight.extend(other.weight);
        self.bias.extend(other.bias);
        self
    }
}

impl Linear {
    pub(super) fn new(parameters: Parameters, inputs: usize, lanes: usize) -> Self {
        let Parameters { weight, bias } = parameters;
        let outputs = bias.len();
        Self { weight: Panels::of_weights(&weight, inputs, outputs, lanes), bias }
    }

    pub(super) fn outputs(&self) -> usize {
        self.weight.columns()
    }

    /// Computes a row of outputs for each row of inputs. `epilogue` receives the bias and the position of the block's first
    /// output value, and returns the last step for the block.
    pub(super) fn apply<'a>(
        &'a self,
        arch: Arch,
        inputs: &[f32],
        outputs: &mut [f32],
        epilogue: impl Fn(&'a [f32], usize) -> Epilogue<'a>,
    ) {
        let (depth, stride) = (self.weight.rows().max(1), self.outputs().max(1));
        let rows = (BLOCK / depth).max(1);
        let blocks = inputs.chunks(rows * depth).zip(outputs.chunks_mut(rows * stride));
        for (number, (values, output)) in blocks.enumerate() {
            let left = Lhs { values, stride: depth, rows: values.len() / depth };
            let epilogue = epilogue(&self.bias, number * rows * stride);
            arch.dispatch(Product { left, right: &self.weight, output, stride, epilogue });
        }
    }
}
