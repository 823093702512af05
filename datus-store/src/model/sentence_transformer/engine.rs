//! The two ways to run a model, behind one type.

use std::path::{Path, PathBuf};
#[cfg(feature = "onnx-runtime")]
use std::sync::Arc;

#[cfg(feature = "onnx-runtime")]
use futures::lock::Mutex;

use super::batch::{Batch, Room};
#[cfg(feature = "candle")]
use super::candle::CandleModel;
#[cfg(feature = "onnx-runtime")]
use super::onnx::OnnxModel;
use super::runner::Runner;
use super::weight_files::weight_files;
use crate::error::{BoxError, Result};

/// A model that is loaded and can run.
pub(super) enum Engine {
    #[cfg(feature = "candle")]
    Candle(CandleModel),
    /// A session runs one batch at a time, on all its threads. Who waits for it holds no thread.
    #[cfg(feature = "onnx-runtime")]
    Onnx { model: Arc<Mutex<OnnxModel>>, file: PathBuf, room: Room },
}

/// What a run gives.
#[derive(Debug)]
pub(super) struct Output {
    /// A vector for each token, padding included, or for each text; one after the other.
    pub(super) values: Vec<f32>,
    /// Whether the vectors are those of texts.
    pub(super) pooled: bool,
}

impl Engine {
    /// Loads the model of a folder; `transformer` is the folder in it with the weights, mostly itself.
    #[cfg_attr(
        not(all(feature = "candle", feature = "onnx-runtime")),
        expect(unused_variables, reason = "each way to run looks into one of the folders")
    )]
    pub(super) fn load(folder: &Path, transformer: &Path, runner: &Runner) -> Result<Self> {
        match runner {
            #[cfg(feature = "candle")]
            Runner::Candle(options) => Ok(Self::Candle(CandleModel::load(transformer, options)?)),
            #[cfg(feature = "onnx-runtime")]
            Runner::Onnx(options) => {
                let model = OnnxModel::load(folder, options)?;
                let (file, room) = (model.file().to_owned(), model.room());
                Ok(Self::Onnx { model: Arc::new(Mutex::new(model)), file, room })
            }
        }
    }

    /// How much one run takes.
    pub(super) fn room(&self) -> Room {
        match self {
            #[cfg(feature = "candle")]
            Self::Candle(model) => model.room(),
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx { room, .. } => *room,
        }
    }

    /// Runs a batch while nobody else uses the model.
    pub(super) fn run_alone(&mut self, batch: &Batch) -> Result<Output, BoxError> {
        match self {
            #[cfg(feature = "candle")]
            Self::Candle(model) => model.run(batch),
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx { model, .. } => {
                Arc::get_mut(model).ok_or("the model is in use already")?.get_mut().run(batch)
            }
        }
    }

    /// The files that say which version of the model this is: its weights, also beside a graph that was made of them.
    pub(super) fn weight_files(&self, transformer: &Path) -> Result<Vec<PathBuf>> {
        match self {
            #[cfg(feature = "candle")]
            Self::Candle(_) => weight_files(transformer),
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx { file, .. } => Ok(weight_files(transformer).unwrap_or_else(|_| vec![file.clone()])),
        }
    }

    /// The revision of the model whose weights have this one. A graph under a name of its own, such as
    /// `model_quantized.onnx`, makes other vectors than the weights do, so its name is part of the revision.
    pub(super) fn revision(&self, weights: String) -> String {
        match self {
            #[cfg(feature = "candle")]
            Self::Candle(_) => weights,
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx { file, .. } => match file.file_stem().and_then(|stem| stem.to_str()) {
                None | Some("model") => weights,
                Some(name) => format!("{weights}+{name}"),
            },
        }
    }
}
