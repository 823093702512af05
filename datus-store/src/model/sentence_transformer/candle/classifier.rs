use std::path::Path;

use super::architecture::Architecture;
use super::head::Head;
use super::weights::Weights;
use super::{Batch, Candle, CandleModel, Room, open};
use crate::error::{BoxError, Result};

/// A model that gives one number for each input: an encoder with a classifier of one label.
pub(in super::super) struct CandleClassifier {
    model: CandleModel,
    head: Head,
}

impl CandleClassifier {
    /// Reads `config.json` and the weights of a folder.
    ///
    /// # Errors
    /// `Model` when a file is missing or damaged, the model is of another family, or there is no such device.
    pub(in super::super) fn load(folder: &Path, options: &Candle) -> Result<Self> {
        let remedy = "take a cross-encoder of one of these types";
        let architecture = Architecture::read(&folder.join("config.json"), remedy)?;
        let weights = Weights::read(folder, &open(folder, options.device)?)?;
        let head = Head::load(&architecture, &weights)?;
        Ok(Self { model: CandleModel::of(&architecture, &weights)?, head })
    }

    /// How much one run takes.
    pub(in super::super) fn room(&self) -> Room {
        self.model.room()
    }

    /// Whether batches are to run at the same time.
    pub(in super::super) fn runs_in_parallel(&self) -> bool {
        self.model.runs_in_parallel()
    }

    /// The number of each input.
    pub(in super::super) fn run(&self, batch: &Batch) -> Result<Vec<f32>, BoxError> {
        let tokens = self.model.forward(batch)?;
        let inputs = tokens.reshape((batch.rows(), batch.length, tokens.dim(1)?))?;
        let first = inputs.narrow(1, 0, 1)?.squeeze(1)?.contiguous()?;
        Ok(self.head.forward(&first)?.flatten_all()?.to_vec1()?)
    }
}
