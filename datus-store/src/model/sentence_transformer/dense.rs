use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::folder::{fault, fault_from, fault_with, require_json};
use crate::error::{BoxError, Result};
use crate::model::bounds::MAX_DIMENSION;

/// A linear layer over a pooled vector.
#[derive(Debug)]
pub(super) struct Dense {
    input: usize,
    /// A row of `input` weights for each component of the output.
    weight: Vec<f32>,
    /// One for each component of the output.
    bias: Vec<f32>,
    activation: Activation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activation {
    Identity,
    Tanh,
    Relu,
}

#[derive(Deserialize)]
struct Config {
    in_features: usize,
    out_features: usize,
    #[serde(default = "yes")]
    bias: bool,
    activation_function: Option<String>,
    #[serde(default)]
    use_residual: bool,
}

fn yes() -> bool {
    true
}

impl Dense {
    /// Reads the folder of a dense module.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let file = folder.join("config.json");
        let config: Config =
            require_json(&file, "the dense module needs it; copy the whole folder of the model")?;
        // A layer without inputs has no weights that would bound its outputs.
        let (input, output) = (config.in_features, config.out_features);
        if [input, output].into_iter().any(|size| !(1..=MAX_DIMENSION).contains(&size)) {
            let what = format!("a dense module of {input} inputs and {output} outputs is not supported");
            return Err(fault_with(&file, what, format!("each can be from 1 to {MAX_DIMENSION}")));
        }
        if config.use_residual {
            return Err(fault(&file, "a dense module with `use_residual` is not supported"));
        }
        let activation = activation(&file, config.activation_function.as_deref())?;

        let file = folder.join("model.safetensors");
        let bytes = std::fs::read(&file).map_err(|error| {
            let remedy = "load the model in Python and save it again, which writes safetensors";
            fault_from(&file, "cannot be read", error).with_help(remedy)
        })?;
        let tensors = SafeTensors::deserialize(&bytes)
            .map_err(|error| fault_from(&file, "is damaged", error).with_help("fetch it again"))?;
        let weight = values(&file, &tensors, "linear.weight", &[output, input])?;
        let bias = match config.bias {
            true => values(&file, &tensors, "linear.bias", &[output])?,
            false => vec![0.0; output],
        };
        Ok(Self { input, weight, bias, activation })
    }

    /// The output of the layer.
    ///
    /// # Errors
    /// When the vector is not of the size of the layer's input.
    pub(super) fn apply(&self, vector: &[f32]) -> Result<Vec<f32>, BoxError> {
        if vector.len() != self.input {
            return Err(format!("the dense module takes {} values, not {}", self.input, vector.len()).into());
        }
        let rows = self.weight.chunks_exact(self.input.max(1)).zip(&self.bias);
        let linear = rows.map(|(row, bias)| bias + row.iter().zip(vector).map(|(a, b)| a * b).sum::<f32>());
        Ok(linear.map(|value| self.activation.of(value)).collect())
    }
}

impl Activation {
    fn of(self, value: f32) -> f32 {
        match self {
            Self::Identity => value,
            Self::Tanh => value.tanh(),
            Self::Relu => value.max(0.0),
        }
    }
}

fn activation(file: &Path, name: Option<&str>) -> Result<Activation> {
    match name.map(|name| name.rsplit('.').next().unwrap_or(name)) {
        // What the module has where its file says nothing.
        None | Some("Tanh") => Ok(Activation::Tanh),
        Some("Identity") => Ok(Activation::Identity),
        Some("ReLU") => Ok(Activation::Relu),
        Some(other) => {
            let what = format!("the activation `{other}` of a dense module is not supported");
            Err(fault_with(file, what, "only `Identity`, `Tanh` and `ReLU` are"))
        }
    }
}

fn values(file: &Path, tensors: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
    let tensor: TensorView<'_> =
        tensors.tensor(name).map_err(|error| fault_from(file, format!("has no tensor `{name}`"), error))?;
    if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
        let (dtype, found) = (tensor.dtype(), tensor.shape());
        return Err(fault(file, format!("`{name}` is {dtype:?} {found:?}: expected F32 {shape:?}")));
    }
    let (values, _) = tensor.data().as_chunks::<4>();
    Ok(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}
