use candle_core::{Result as CandleResult, Tensor};

use super::super::architecture::Architecture;
use super::weights::Weights;
use crate::error::Result;

/// A linear layer.
pub(super) struct Linear {
    /// The shape is `inputs × outputs`.
    weight: Tensor,
    bias: Tensor,
}

/// A layer norm.
pub(super) struct Norm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f32,
}

impl Linear {
    pub(super) fn load(weights: &Weights, name: &str, inputs: usize, outputs: usize) -> Result<Self> {
        let weight = weights.get(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = weights.get(&format!("{name}.bias"), &[outputs])?;
        Ok(Self { weight: weights.computed(weight.t())?, bias })
    }

    pub(super) fn scaled(self, factor: f64) -> CandleResult<Self> {
        Ok(Self { weight: (self.weight * factor)?, bias: (self.bias * factor)? })
    }

    pub(super) fn join(parts: &[Self]) -> CandleResult<Self> {
        let weights: Vec<Tensor> = parts.iter().map(|part| part.weight.t()).collect::<CandleResult<_>>()?;
        let biases: Vec<&Tensor> = parts.iter().map(|part| &part.bias).collect();
        Ok(Self { weight: Tensor::cat(&weights, 0)?.t()?, bias: Tensor::cat(&biases, 0)? })
    }

    pub(super) fn forward(&self, rows: &Tensor) -> CandleResult<Tensor> {
        rows.matmul(&self.weight)?.broadcast_add(&self.bias)
    }
}

impl Norm {
    pub(super) fn load(architecture: &Architecture, weights: &Weights, name: &str) -> Result<Self> {
        let weight = weights.get(&format!("{name}.weight"), &[architecture.hidden])?;
        let bias = weights.get(&format!("{name}.bias"), &[architecture.hidden])?;
        Ok(Self { weight, bias, epsilon: architecture.epsilon as f32 })
    }

    pub(super) fn forward(&self, rows: &Tensor) -> CandleResult<Tensor> {
        candle_nn::ops::layer_norm(rows, &self.weight, &self.bias, self.epsilon)
    }
}
