use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};

use super::super::folder::{fault, fault_from};
use super::super::weight_files::weight_files;
use crate::error::Result;

/// The tensors of a model, as 32-bit floats.
#[derive(Clone)]
pub(super) struct Weights {
    folder: PathBuf,
    device: Device,
    tensors: HashMap<String, Tensor>,
    /// What stands before the encoder's names: a model that was saved with a head has one, such as `bert.`.
    prefix: String,
}

impl Weights {
    const MARK: &str = "embeddings.word_embeddings.weight";

    pub(super) fn read(folder: &Path, device: &Device) -> Result<Self> {
        let mut tensors = HashMap::new();
        for file in weight_files(folder)? {
            let read = candle_core::safetensors::load(&file, device);
            let what = "cannot be read as safetensors";
            tensors.extend(read.map_err(|error| fault_from(&file, what, error).with_help("fetch it again"))?);
        }
        let prefix =
            tensors.keys().filter_map(|name| name.strip_suffix(Self::MARK)).min_by_key(|prefix| prefix.len());
        let Some(prefix) = prefix.map(str::to_owned) else {
            let what = format!("the weights have no tensor `{}`", Self::MARK);
            return Err(fault(folder, what).with_help("give the weights of a model of the BERT family"));
        };
        Ok(Self { folder: folder.to_owned(), device: device.clone(), tensors, prefix })
    }

    /// The same by the names in the files, for what stands beside the encoder.
    pub(super) fn beside_encoder(&self) -> Self {
        Self { prefix: String::new(), ..self.clone() }
    }

    /// A tensor of the encoder.
    ///
    /// # Errors
    /// `Model` when it is missing or of another shape.
    pub(super) fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let name = format!("{}{name}", self.prefix);
        // Old files have TensorFlow's names for the parameters of a layer norm.
        let old =
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        let Some(tensor) = self.tensors.get(&name).or_else(|| self.tensors.get(&old)) else {
            return Err(self.fault(format!("have no tensor `{name}`")));
        };
        if tensor.dims() != shape {
            return Err(self.fault(format!("have `{name}` of shape {:?}, expected {shape:?}", tensor.dims())));
        }
        tensor.to_dtype(DType::F32).map_err(|error| self.failed(&error))
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// Fails for what candle could not compute of the weights.
    pub(super) fn computed<T>(&self, result: candle_core::Result<T>) -> Result<T> {
        result.map_err(|error| self.failed(&error))
    }

    fn fault(&self, what: String) -> crate::Error {
        fault(&self.folder, format!("the weights {what}"))
            .with_help("give the weights that belong to this `config.json`")
    }

    fn failed(&self, error: &candle_core::Error) -> crate::Error {
        fault(&self.folder, format!("the weights cannot be prepared: {error}"))
    }
}
