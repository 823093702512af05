//! All runners behind one type.

use std::path::{Path, PathBuf};
#[cfg(feature = "onnx-runtime")]
use std::sync::Arc;

#[cfg(feature = "onnx-runtime")]
use futures::lock::Mutex;

#[cfg(feature = "native")]
use super::batch::Vectors;
use super::batch::{Batch, Capacity, Output};
#[cfg(feature = "candle")]
use super::candle::CandleModel;
#[cfg(feature = "native")]
use super::native::NativeModel;
#[cfg(feature = "onnx-runtime")]
use super::onnx::OnnxModel;
#[cfg(feature = "native")]
use super::runner::Native;
use super::runner::Runner;
use super::weight_files::weight_files;
use crate::error::{BoxError, Result};

/// A loaded model.
pub(super) enum Engine {
    #[cfg(feature = "native")]
    Native(NativeModel),
    #[cfg(feature = "candle")]
    Candle(CandleModel),
    /// A session runs one batch at a time, on all its threads. Waiting for the session does not block any thread.
    #[cfg(feature = "onnx-runtime")]
    Onnx { model: Arc<Mutex<OnnxModel>>, file: PathBuf, capacity: Capacity },
}

impl Engine {
    /// Loads a model from a folder. `transformer` is the folder that contains the weights, usually the same folder.
    #[cfg_attr(
        not(all(any(feature = "native", feature = "candle"), feature = "onnx-runtime")),
        expect(unused_variables, reason = "each runner uses one of the folders")
    )]
    pub(super) fn load(folder: &Path, transformer: &Path, runner: &Runner) -> Result<Self> {
        match runner {
            #[cfg(feature = "native")]
            Runner::Native(Native {}) => Ok(Self::Native(NativeModel::load(transformer)?)),
            #[cfg(feature = "candle")]
            Runner::Candle(options) => Ok(Self::Candle(CandleModel::load(transformer, options)?)),
            #[cfg(feature = "onnx-runtime")]
            Runner::Onnx(options) => {
                let model = OnnxModel::load(folder, options)?;
                let (file, capacity) = (model.file().to_owned(), model.capacity());
                Ok(Self::Onnx { model: Arc::new(Mutex::new(model)), file, capacity })
            }
        }
    }

    /// Returns the capacity of one run, for a call with this many tokens.
    #[cfg_attr(
        not(feature = "native"),
        expect(unused_variables, reason = "other runners have a fixed capacity")
    )]
    pub(super) fn capacity(&self, tokens: usize) -> Capacity {
        match self {
            #[cfg(feature = "native")]
            Self::Native(model) => model.capacity(tokens),
            #[cfg(feature = "candle")]
            Self::Candle(model) => model.capacity(),
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx { capacity, .. } => *capacity,
        }
    }

    /// Returns `true` if several batches should run at the same time.
    #[cfg(any(feature = "native", feature = "candle"))]
    pub(super) fn runs_in_parallel(&self) -> bool {
        match self {
            #[cfg(feature = "native")]
            Self::Native(_) => true,
            #[cfg(feature = "candle")]
            Self::Candle(model) => model.runs_in_parallel(),
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx { .. } => false,
        }
    }

    /// Runs a batch with shared access to the model.
    ///
    /// # Errors
    /// Fails if the model cannot run the batch, or if it needs exclusive access.
    #[cfg(any(feature = "native", feature = "candle"))]
    pub(super) fn run(&self, batch: &Batch) -> Result<Output, BoxError> {
        match self {
            #[cfg(feature = "native")]
            Self::Native(model) => run_native(model, batch),
            #[cfg(feature = "candle")]
            Self::Candle(model) => model.run(batch),
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx { .. } => Err("ONNX Runtime needs exclusive access to its session".into()),
        }
    }

    /// Runs a batch with exclusive access to the model.
    pub(super) fn run_alone(&mut self, batch: &Batch) -> Result<Output, BoxError> {
        match self {
            #[cfg(feature = "native")]
            Self::Native(model) => run_native(model, batch),
            #[cfg(feature = "candle")]
            Self::Candle(model) => model.run(batch),
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx { model, .. } => {
                Arc::get_mut(model).ok_or("the model is already in use")?.get_mut().run(batch)
            }
        }
    }

    /// Returns the files that identify the version of the model: the weights if there are any, or the graph otherwise.
    pub(super) fn weight_files(&self, transformer: &Path) -> Result<Vec<PathBuf>> {
        match self {
            #[cfg(feature = "native")]
            Self::Native(_) => weight_files(transformer),
            #[cfg(feature = "candle")]
            Self::Candle(_) => weight_files(transformer),
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx { file, .. } => Ok(weight_files(transformer).unwrap_or_else(|_| vec![file.clone()])),
        }
    }

    /// Returns the revision of the model, based on the revision of its weights. A graph with a name other than
    /// `model.onnx`, such as `model_quantized.onnx`, returns different vectors, so its name is part of the revision.
    pub(super) fn revision(&self, weights: String) -> String {
        match self {
            #[cfg(feature = "native")]
            Self::Native(_) => weights,
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

#[cfg(feature = "native")]
fn run_native(model: &NativeModel, batch: &Batch) -> Result<Output, BoxError> {
    Ok(Output { values: model.run(batch)?, vectors: Vectors::Tokens { width: model.width() } })
}
