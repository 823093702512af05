//! A graph of any transformer on ONNX Runtime.

mod runtime;

use std::path::{Path, PathBuf};

use ort::session::{Session, SessionInputValue, SessionOutputs};
use ort::value::{TensorElementType, TensorRef, ValueType};

use super::batch::{Batch, Room};
use super::engine::Output;
use super::folder::{fault_from, fault_with};
use super::runner::Onnx;
use crate::error::{BoxError, Error, Result};
use crate::model::bounds::{MAX_THREADS, check_positive};
pub(super) use runtime::environment;

/// Where exporters put the graph.
pub(super) const FILES: [&str; 2] = ["onnx/model.onnx", "model.onnx"];

/// A graph in memory, ready to run.
pub(super) struct OnnxModel {
    session: Session,
    file: PathBuf,
    inputs: Vec<Input>,
    output: String,
}

/// What a graph can ask for.
#[derive(Debug, Clone, Copy)]
enum Input {
    Ids,
    Mask,
    TokenTypes,
}

/// The graph that is run: the one that the options name, or the first of those that exporters write.
pub(super) fn graph_file(folder: &Path, options: &Onnx) -> Option<PathBuf> {
    let named = options.file.as_ref().map(|file| folder.join(file));
    named.or_else(|| FILES.iter().map(|file| folder.join(file)).find(|file| file.exists()))
}

impl OnnxModel {
    /// Loads ONNX Runtime, if that has not happened, and the graph.
    ///
    /// # Errors
    /// `Model` when there is no library or no graph, or the graph takes what a text does not have.
    pub(super) fn load(folder: &Path, options: &Onnx) -> Result<Self> {
        let Some(file) = graph_file(folder, options).filter(|file| file.exists()) else {
            let wanted = options.file.clone().unwrap_or_else(|| FILES.join("` or `").into());
            let remedy =
                "export the model, for example with `optimum-cli export onnx`, or run it with `Candle`";
            return Err(fault_with(folder, format!("has no `{}`", wanted.display()), remedy));
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
                fault_from(&file, format!("cannot be loaded by ONNX Runtime: {error}"), error)
            })?;
        let inputs =
            session.inputs().iter().map(|input| Input::named(&file, input.name())).collect::<Result<_>>()?;
        let output = output(&file, &session)?;
        Ok(Self { session, file, inputs, output })
    }

    /// How much one run takes. All cores work on it.
    pub(super) fn room(&self) -> Room {
        Room { texts: 64, tokens: 4096 }
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

/// Takes the output of a run, whose shape says whether it is pooled.
fn read(outputs: &SessionOutputs<'_>, name: &str, batch: &Batch) -> Result<Output, BoxError> {
    let output = outputs.get(name).ok_or("the graph has not made its output")?;
    let (shape, values) = output.try_extract_tensor::<f32>()?;
    let (rows, length) = (batch.rows() as i64, batch.length as i64);
    match shape[..] {
        [a, b, _] if (a, b) == (rows, length) => Ok(Output { values: values.to_vec(), pooled: false }),
        [a, _] if a == rows => Ok(Output { values: values.to_vec(), pooled: true }),
        _ => {
            Err(format!("the output `{name}` has shape {shape:?} for {rows} texts of {length} tokens").into())
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
            let known = "`input_ids`, `attention_mask` and `token_type_ids`";
            let help = format!("only {known} are supported; export it for feature extraction");
            fault_with(file, format!("the graph takes `{name}`"), help)
        })
    }
}

/// The output with a vector for each token, or else one with a vector for each text.
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
    let wanted = "32-bit floats with a vector for each token, such as `last_hidden_state`";
    let help = format!("expected {wanted}; export it for feature extraction");
    fault_with(file, format!("the graph gives {}", names.join(", ")), help)
}
