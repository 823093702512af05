use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};

use super::super::folder::{file_error_from, file_error_with_help};
use super::super::weight_files::weight_files;
use crate::error::Result;

/// The tensors of a model, as 32-bit floats.
#[derive(Clone)]
pub(super) struct Weights {
    folder: PathBuf,
    device: Device,
    tensors: HashMap<String, Tensor>,
    /// The prefix of the encoder's tensor names. A model that was saved with a head has one, such as `bert.`.
    prefix: String,
}

impl Weights {
    const WORD_EMBEDDINGS: &str = "embeddings.word_embeddings.weight";

    pub(super) fn read(folder: &Path, device: &Device) -> Result<Self> {
        let mut tensors = HashMap::new();
        for file in weight_files(folder)? {
            let read = candle_core::safetensors::load(&file, device);
            let what = "cannot be read as safetensors";
            tensors.extend(
                read.map_err(|error| file_error_from(&file, what, error).with_help("download it again"))?,
            );
        }
        let prefix = tensors
            .keys()
            .filter_map(|name| name.strip_suffix(Self::WORD_EMBEDDINGS))
            .min_by_key(|prefix| prefix.len());
        let Some(prefix) = prefix.map(str::to_owned) else {
            let what = format!("the weights do not contain the tensor `{}`", Self::WORD_EMBEDDINGS);
            return Err(file_error_with_help(folder, what, "use the weights of a model of the BERT family"));
        };
        Ok(Self { folder: folder.to_owned(), device: device.clone(), tensors, prefix })
    }

    /// Returns the weights without the prefix of the encoder, for the tensors of a head.
    pub(super) fn without_prefix(&self) -> Self {
        Self { prefix: String::new(), ..self.clone() }
    }

    /// Returns a tensor of the encoder.
    ///
    /// # Errors
    /// Fails with `Model` if the tensor is missing or has a different shape.
    pub(super) fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let name = format!("{}{name}", self.prefix);
        // Old files use TensorFlow's names for the parameters of a layer norm.
        let old =
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        let Some(tensor) = self.tensors.get(&name).or_else(|| self.tensors.get(&old)) else {
            return Err(self.mismatch(&format!("the weights do not contain the tensor `{name}`")));
        };
        if tensor.dims() != shape {
            let dims = tensor.dims();
            return Err(self.mismatch(&format!("the tensor `{name}` has shape {dims:?}, expected {shape:?}")));
        }
        tensor.to_dtype(DType::F32).map_err(|error| self.failed(&error))
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// Converts a candle error from a computation with these weights.
    pub(super) fn computed<T>(&self, result: candle_core::Result<T>) -> Result<T> {
        result.map_err(|error| self.failed(&error))
    }

    fn mismatch(&self, what: &str) -> crate::Error {
        file_error_with_help(&self.folder, what, "use the weights that belong to this `config.json`")
    }

    fn failed(&self, error: &candle_core::Error) -> crate::Error {
        file_error_with_help(
            &self.folder,
            format!("the weights cannot be prepared: {error}"),
            "download the model again",
        )
    }
}
