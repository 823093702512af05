//! Runs the ONNX graph of a transformer on ONNX Runtime.

mod runtime;

use std::path::{Path, PathBuf};

use ort::session::{Session, SessionInputValue, SessionOutputs};
use ort::value::{TensorElementType, TensorRef, ValueType};

use super::batch::{Batch, Capacity, Output, Vectors};
use super::folder::{file_error_from, file_error_with_help};
use super::runner::{GRAPH_FILES, Onnx};
use crate::error::{BoxError, Error, Result};
use crate::model::bounds::{MAX_THREADS, check_positive};
pub(super) use runtime::environment;

/// A loaded graph.
pub(super) struct OnnxModel {
    session: Session,
    file: PathBuf,
    inputs: Vec<Input>,
    output: String,
}

/// An input of a graph.
#[derive(Debug, Clone, Copy)]
enum Input {
    Ids,
    Mask,
    TokenTypes,
}

impl OnnxModel {
    /// Loads the graph, and ONNX Runtime if it has not been loaded yet.
    ///
    /// # Errors
    /// Fails with `Model` if the library or the graph does not exist, or if the graph has an unsupported input.
    pub(super) fn load(folder: &Path, options: &Onnx) -> Result<Self> {
        let Some(file) = options.graph_file(folder).filter(|file| file.exists()) else {
            let files = options.file.clone().unwrap_or_else(|| GRAPH_FILES.join("` or `").into());
            let help =
                "export the model, for example with `optimum-cli export onnx`, or run it with `Candle`";
            return Err(file_error_with_help(
                folder,
                format!("does not contain `{}`", files.display()),
                help,
            ));
        };
        if let Some(threads) = options.threads {
            check_positive("threads", threads, MAX_THREADS)?;
        }
        let environment = environment(options.library.as_deref())?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let session = Session::builder(&environment)
            .and_then(|builder| {
                builder.with_intra_threads(options.threads.unwrap_or(cores)).map_err(Into::into)
            })
            .and_then(|mut builder| builder.commit_from_file(&file))
            .map_err(|error| {
                file_error_from(&file, format!("cannot be loaded by ONNX Runtime: {error}"), error)
            })?;
        let inputs =
            session.inputs().iter().map(|input| Input::named(&file, input.name())).collect::<Result<_>>()?;
        let output = output(&file, &session)?;
        Ok(Self { session, file, inputs, output })
    }

    /// Returns the capacity of one run, which uses all cores.
    pub(super) fn capacity(&self) -> Capacity {
        Capacity { texts: 64, tokens: 4096, padded: true }
    }

    pub(super) fn run(&mut self, batch: &Batch) -> Result<Output, BoxError> {
        let shape = [batch.rows(), batch.length];
        let ids: Vec<i64> = batch.ids.iter().map(|&id| i64::from(id)).collect();
        let mask: Vec<i64> = batch.mask().map(i64::from).collect();
        let types = vec![0_i64; ids.len()];
        let mut inputs: Vec<(&str, SessionInputValue<'_>)> = Vec::new();
        for input in &self.inputs {
            let values = match input {
                Input::Ids => &ids,
                Input::Mask => &mask,
                Input::TokenTypes => &types,
            };
            inputs.push((input.name(), TensorRef::from_array_view((shape, values.as_slice()))?.into()));
        }
        let outputs = self.session.run(inputs)?;
        read(&outputs, &self.output, batch)
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }
}

/// Reads the output of a run. Its shape determines whether it is pooled.
fn read(outputs: &SessionOutputs<'_>, name: &str, batch: &Batch) -> Result<Output, BoxError> {
    let output = outputs.get(name).ok_or("the graph did not return its output")?;
    let (shape, values) = output.try_extract_tensor::<f32>()?;
    let (rows, length) = (batch.rows() as i64, batch.length as i64);
    match shape[..] {
        [a, b, _] if (a, b) == (rows, length) => Ok(Output { values: values.to_vec(), vectors: Vectors::Padded }),
        [a, _] if a == rows => Ok(Output { values: values.to_vec(), vectors: Vectors::Pooled }),
        _ => {
            Err(format!("the output `{name}` has the shape {shape:?}, which does not match {rows} texts of {length} tokens").into())
        }
    }
}

impl Input {
    const ALL: [Self; 3] = [Self::Ids, Self::Mask, Self::TokenTypes];

    fn name(self) -> &'static str {
        match self {
            Self::Ids => "input_ids",
            Self::Mask => "attention_mask",
            Self::TokenTypes => "token_type_ids",
        }
    }

    fn named(file: &Path, name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|input| input.name() == name).ok_or_else(|| {
            let supported = "`input_ids`, `attention_mask` and `token_type_ids`";
            let help = format!("export the model for feature extraction; only {supported} are supported");
            file_error_with_help(
                file,
                format!("the graph needs the input `{name}`, which is not supported"),
                help,
            )
        })
    }
}

/// Returns the name of an output with a vector for each token. If no output has one, returns the name
/// of an output with a vector for each text.
fn output(file: &Path, session: &Session) -> Result<String> {
    let outputs = || {
        session.outputs().iter().filter_map(|output| match output.dtype() {
            ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } => {
                Some((output.name(), shape.len()))
            }
            _ => None,
        })
    };
    let pooled = ["sentence_embedding", "text_embeds"];
    let found = outputs()
        .find(|(name, rank)| *rank == 3 && ["last_hidden_state", "token_embeddings"].contains(name))
        .or_else(|| outputs().find(|(_, rank)| *rank == 3))
        .or_else(|| outputs().find(|(name, rank)| *rank == 2 && pooled.contains(name)));
    found.map(|(name, _)| name.to_owned()).ok_or_else(|| no_output(file, session))
}

fn no_output(file: &Path, session: &Session) -> Error {
    let names: Vec<String> = session.outputs().iter().map(|output| format!("`{}`", output.name())).collect();
    let what = format!("the graph has no output of 32-bit floats for each token, only {}", names.join(", "));
    let help = "export the model for feature extraction, with an output such as `last_hidden_state`";
    file_error_with_help(file, what, help)
}
