//! Runs models of the BERT family on the CPU, with the matrix products of this module.
//!
//! Weights are packed once, when the model is loaded, in the order in which the products read them. A batch has no padding.
//! The `pulp` crate selects the instruction set of the CPU (AVX2, AVX-512, NEON), so there is no `unsafe` code here.

mod aligned;
mod attention;
mod embeddings;
mod encoder;
mod functions;
mod linear;
mod norm;
mod panels;
mod product;
mod relative;
mod vector;
mod weights;

use std::path::Path;

use super::architecture::Architecture;
use super::batch::{Batch, Capacity};
use crate::error::{BoxError, Result};
use encoder::Encoder;
use weights::{WeightFiles, Weights};

/// A loaded model.
pub(super) struct NativeModel {
    encoder: Encoder,
}

impl NativeModel {
    /// Reads `config.json` and the weights from a folder.
    ///
    /// # Errors
    /// Fails with `Model` if a file is missing or damaged, or if the model type is not supported.
    pub(super) fn load(folder: &Path) -> Result<Self> {
        let help = "export the model to ONNX, and run it with `Onnx` (cargo feature `onnx`)";
        let architecture = Architecture::read(&folder.join("config.json"), help)?;
        let files = WeightFiles::read(folder)?;
        let weights = Weights::parse(folder, &files)?;
        Ok(Self { encoder: Encoder::load(&architecture, &weights)? })
    }

    /// Returns the capacity of one run, for a call with this many tokens. Each core runs a part of the call that fits into its
    /// caches.
    pub(super) fn capacity(&self, tokens: usize) -> Capacity {
        let share = tokens.div_ceil(rayon::current_num_threads());
        Capacity { texts: usize::MAX, tokens: share.clamp(64, 256), padded: false }
    }

    /// Returns the number of values in the vector of a token.
    pub(super) fn width(&self) -> usize {
        self.encoder.hidden()
    }

    /// Returns the vectors of all tokens, without padding.
    pub(super) fn run(&self, batch: &Batch) -> Result<Vec<f32>, BoxError> {
        let texts: Vec<&[u32]> = batch.texts().collect();
        self.encoder.forward(&texts)
    }
}
