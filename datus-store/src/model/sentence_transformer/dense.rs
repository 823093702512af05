use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::folder::{file_error_from, file_error_with_help, require_json};
use crate::error::{BoxError, Result};
use crate::model::bounds::MAX_DIMENSION;

/// A dense layer, which is applied to a pooled vector.
#[derive(Debug)]
pub(super) struct Dense {
    input: usize,
    /// The weights as a row-major matrix, with a row of `input` weights for each component of the output.
    weight: Vec<f32>,
    /// The bias of each component of the output.
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
    #[serde(default = "default_true")]
    bias: bool,
    activation_function: Option<String>,
    #[serde(default)]
    use_residual: bool,
}

fn default_true() -> bool {
    true
}

impl Dense {
    /// Reads a dense module from its folder.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let file = folder.join("config.json");
        let config: Config = require_json(
            &file,
            "copy the whole folder of the model, because the dense module needs this file",
        )?;
        // With 0 inputs, the file has no weights, so its size would not limit the number of outputs.
        let (input, output) = (config.in_features, config.out_features);
        if [input, output].into_iter().any(|size| !(1..=MAX_DIMENSION).contains(&size)) {
            let what = format!("a dense module with {input} inputs and {output} outputs is not supported");
            return Err(file_error_with_help(
                &file,
                what,
                format!("use a model where both are from 1 to {MAX_DIMENSION}"),
            ));
        }
        if config.use_residual {
            let what = "a dense module with `use_residual` is not supported";
            return Err(file_error_with_help(&file, what, "use a model without it"));
        }
        let activation = activation(&file, config.activation_function.as_deref())?;

        let file = folder.join("model.safetensors");
        let bytes = std::fs::read(&file).map_err(|error| {
            let help = "load the model in Python and save it again to write safetensors files";
            file_error_from(&file, "cannot be read", error).with_help(help)
        })?;
        let tensors = SafeTensors::deserialize(&bytes)
            .map_err(|error| file_error_from(&file, "is damaged", error).with_help("download it again"))?;
        let weight = values(&file, &tensors, "linear.weight", &[output, input])?;
        let bias = match config.bias {
            true => values(&file, &tensors, "linear.bias", &[output])?,
            false => vec![0.0; output],
        };
        Ok(Self { input, weight, bias, activation })
    }

    /// Returns the output of the layer.
    ///
    /// # Errors
    /// Fails if the vector does not have the input dimension of the layer.
    pub(super) fn apply(&self, vector: &[f32]) -> Result<Vec<f32>, BoxError> {
        if vector.len() != self.input {
            return Err(format!(
                "the dense module needs a vector with {} values, but this one has {}",
                self.input,
                vector.len()
            )
            .into());
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
        // The default of sentence-transformers.
        None | Some("Tanh") => Ok(Activation::Tanh),
        Some("Identity") => Ok(Activation::Identity),
        Some("ReLU") => Ok(Activation::Relu),
        Some(other) => {
            let what = format!("the activation `{other}` of a dense module is not supported");
            Err(file_error_with_help(file, what, "use a model with `Identity`, `Tanh` or `ReLU`"))
        }
    }
}

fn values(file: &Path, tensors: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
    let tensor: TensorView<'_> = tensors.tensor(name).map_err(|error| {
        file_error_from(file, format!("does not contain the tensor `{name}`"), error)
            .with_help("use the weights that belong to this `config.json`")
    })?;
    if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
        let (dtype, found) = (tensor.dtype(), tensor.shape());
        let what = format!("the tensor `{name}` is {dtype:?} {found:?}, but F32 {shape:?} is expected");
        return Err(file_error_with_help(file, what, "use the weights that belong to this `config.json`"));
    }
    let (values, _) = tensor.data().as_chunks::<4>();
    Ok(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}
