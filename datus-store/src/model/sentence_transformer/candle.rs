//! BERT and its kin on candle.

mod activation;
mod architecture;
mod classifier;
mod embeddings;
mod encoder;
mod head;
mod relative;
mod weights;

use std::path::Path;

use candle_core::Tensor;

use super::batch::{Batch, Room};
use super::engine::Output;
use super::folder::fault_from;
use super::runner::{Candle, Device};
use crate::error::{BoxError, Result};
use architecture::Architecture;
pub(super) use classifier::CandleClassifier;
use encoder::Encoder;
use weights::Weights;

/// A model in memory.
pub(super) struct CandleModel {
    encoder: Encoder,
    device: candle_core::Device,
}

impl CandleModel {
    /// Reads `config.json` and the weights of a folder.
    ///
    /// # Errors
    /// `Model` when a file is missing or damaged, the model is of another family, or there is no such device.
    pub(super) fn load(folder: &Path, options: &Candle) -> Result<Self> {
        let remedy = "another model can be exported to ONNX and run with `Onnx` (cargo feature `onnx`)";
        let architecture = Architecture::read(&folder.join("config.json"), remedy)?;
        let weights = Weights::read(folder, &open(folder, options.device)?)?;
        Self::of(&architecture, &weights)
    }

    fn of(architecture: &Architecture, weights: &Weights) -> Result<Self> {
        Ok(Self { encoder: Encoder::load(architecture, weights)?, device: weights.device().clone() })
    }

    /// How much one run takes. On a processor little batches, which stay in its caches, run on a core each; a card wants
    /// much at once.
    pub(super) fn room(&self) -> Room {
        if self.device.is_cpu() {
            Room { texts: 32, tokens: 1024 }
        } else {
            Room { texts: 256, tokens: 16_384 }
        }
    }

    /// Whether batches are to run at the same time.
    pub(super) fn runs_in_parallel(&self) -> bool {
        self.device.is_cpu()
    }

    pub(super) fn run(&self, batch: &Batch) -> Result<Output, BoxError> {
        let hidden = self.forward(batch)?;
        Ok(Output { values: hidden.flatten_all()?.to_vec1()?, pooled: false })
    }

    /// A vector for each token, padding included, one row after the other.
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

    /// What is added to the scores of attention: nothing for tokens, and for padding so much that nobody attends to it.
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
        let remedy = format!(
            "build with the cargo feature `{feature}` on a machine that has it, or take `Device::Cpu`"
        );
        fault_from(folder, format!("there is no {device:?} for it"), error).with_help(remedy)
    })
}
