//! Runs models of the BERT family on candle.

mod activation;
mod classifier;
mod embeddings;
mod encoder;
mod head;
mod linear;
mod relative;
mod weights;

use std::path::Path;

use candle_core::Tensor;

use super::architecture::Architecture;
use super::batch::{Batch, Capacity, Output, Vectors};
use super::folder::file_error_from;
use super::runner::{Candle, Device};
use crate::error::{BoxError, Result};
pub(super) use classifier::CandleClassifier;
use encoder::Encoder;
use weights::Weights;

/// A loaded model.
pub(super) struct CandleModel {
    encoder: Encoder,
    device: candle_core::Device,
}

impl CandleModel {
    /// Reads `config.json` and the weights from a folder.
    ///
    /// # Errors
    /// Fails with `Model` if a file is missing or damaged, if the model type is not supported, or if the device does not
    /// exist.
    pub(super) fn load(folder: &Path, options: &Candle) -> Result<Self> {
        let help = "export the model to ONNX, and run it with `Onnx` (cargo feature `onnx`)";
        let architecture = Architecture::read(&folder.join("config.json"), help)?;
        let weights = Weights::read(folder, &open(folder, options.device)?)?;
        Self::of(&architecture, &weights)
    }

    fn of(architecture: &Architecture, weights: &Weights) -> Result<Self> {
        Ok(Self { encoder: Encoder::load(architecture, weights)?, device: weights.device().clone() })
    }

    /// Returns the capacity of one run. On a CPU, each core runs a small batch that fits into its caches. A GPU needs
    /// large batches.
    pub(super) fn capacity(&self) -> Capacity {
        if self.device.is_cpu() {
            Capacity { texts: 32, tokens: 1024, padded: true }
        } else {
            Capacity { texts: 256, tokens: 16_384, padded: true }
        }
    }

    /// Returns `true` if several batches should run at the same time.
    pub(super) fn runs_in_parallel(&self) -> bool {
        self.device.is_cpu()
    }

    pub(super) fn run(&self, batch: &Batch) -> Result<Output, BoxError> {
        let hidden = self.forward(batch)?;
        Ok(Output { values: hidden.flatten_all()?.to_vec1()?, vectors: Vectors::Padded })
    }

    /// Returns one row for each token, including padding. A row is the vector of its token.
    fn forward(&self, batch: &Batch) -> candle_core::Result<Tensor> {
        let shape = (batch.rows(), batch.length);
        let tensor = |values: &Vec<u32>| Tensor::from_slice(values, shape, &self.device);
        let types = batch.types.as_ref().map(tensor).transpose()?;
        let mask = match batch.is_padded() {
            true => Some(self.mask(batch)?),
            false => None,
        };
        self.encoder.forward(&tensor(&batch.ids)?, types.as_ref(), mask.as_ref())
    }

    /// Returns the attention mask, which is added to the attention scores: 0 for tokens, and a large negative number for
    /// padding, so that padding receives no attention.
    fn mask(&self, batch: &Batch) -> candle_core::Result<Tensor> {
        let values: Vec<f32> = batch.mask().map(|mask| if mask == 1 { 0.0 } else { -1e9 }).collect();
        Tensor::from_vec(values, (batch.rows(), 1, 1, batch.length), &self.device)
    }
}

fn open(folder: &Path, device: Device) -> Result<candle_core::Device> {
    let (opened, feature) = match device {
        Device::Cpu => return Ok(candle_core::Device::Cpu),
        Device::Cuda(number) => (candle_core::Device::new_cuda(number), "candle-cuda"),
        Device::Metal(number) => (candle_core::Device::new_metal(number), "candle-metal"),
    };
    opened.map_err(|error| {
        let help = format!(
            "enable the cargo feature `{feature}` on a machine with this device, or use `Device::Cpu`"
        );
        file_error_from(folder, format!("the device {device:?} is not available"), error).with_help(help)
    })
}
