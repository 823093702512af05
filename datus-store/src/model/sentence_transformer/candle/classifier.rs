use std::path::Path;

use super::super::architecture::Architecture;
use super::head::Head;
use super::weights::Weights;
use super::{Batch, Candle, CandleModel, Capacity, open};
use crate::error::{BoxError, Result};

/// An encoder with a single-label classifier, which computes one score for each input.
pub(in super::super) struct CandleClassifier {
    model: CandleModel,
    head: Head,
}

impl CandleClassifier {
    /// Reads `config.json` and the weights from a folder.
    ///
    /// # Errors
    /// Fails with `Model` if a file is missing or damaged, if the type of the model is not supported, or if the device
    /// does not exist.
    pub(in super::super) fn load(folder: &Path, options: &Candle) -> Result<Self> {
        let help = "use a cross-encoder of a supported type";
        let architecture = Architecture::read(&folder.join("config.json"), help)?;
        let weights = Weights::read(folder, &open(folder, options.device)?)?;
        let head = Head::load(&architecture, &weights)?;
        Ok(Self { model: CandleModel::of(&architecture, &weights)?, head })
    }

    /// Returns the capacity of one run.
    pub(in super::super) fn capacity(&self) -> Capacity {
        self.model.capacity()
    }

    /// Returns `true` if several batches should run at the same time.
    pub(in super::super) fn runs_in_parallel(&self) -> bool {
        self.model.runs_in_parallel()
    }

    /// Returns the score of each input.
    pub(in super::super) fn run(&self, batch: &Batch) -> Result<Vec<f32>, BoxError> {
        let tokens = self.model.forward(batch)?;
        let inputs = tokens.reshape((batch.rows(), batch.length, tokens.dim(1)?))?;
        let first = inputs.narrow(1, 0, 1)?.squeeze(1)?.contiguous()?;
        Ok(self.head.forward(&first)?.flatten_all()?.to_vec1()?)
    }
}
