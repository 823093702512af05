#[cfg(any(feature = "native", feature = "candle"))]
mod architecture;
mod batch;
mod builder;
#[cfg(feature = "candle")]
mod candle;
#[cfg(feature = "candle")]
mod classifier;
mod dense;
#[cfg(any(feature = "native", feature = "candle"))]
mod distance;
mod engine;
mod fingerprint;
mod folder;
#[cfg(feature = "hub")]
mod hub;
#[cfg(any(feature = "native", feature = "candle"))]
mod layer_names;
mod layout;
mod length;
mod model_source;
#[cfg(feature = "native")]
mod native;
#[cfg(feature = "onnx-runtime")]
mod onnx;
mod pipeline;
mod pooling;
mod positions;
mod runner;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod weight_files;

use std::fmt;
use std::sync::Arc;

pub use builder::SentenceTransformerBuilder;
#[cfg(feature = "candle")]
pub(crate) use classifier::PairClassifier;
#[cfg(feature = "candle")]
pub use classifier::Scale;
#[cfg(feature = "candle")]
pub(crate) use model_source::ModelSource;
use pipeline::Model;
pub use pooling::Pooling;
#[cfg(feature = "native")]
pub use runner::Native;
#[cfg(feature = "onnx-runtime")]
pub use runner::Onnx;
pub use runner::Runner;
#[cfg(feature = "candle")]
pub use runner::{Candle, Device};

use super::{BatchLimits, EmbeddingModel, ModelIdentity, PythonFunction, Role, async_trait};
use crate::error::{BoxError, Result};

/// Embeds text with a neural model on this machine: a [sentence transformer](https://sbert.net) that belongs to the BERT
/// family or is exported as an ONNX graph.
///
/// A model is a folder in the layout of the Python library. Pooling, normalization, dense layers, the maximum text length,
/// and prefixes are read from its files. A setting that is not supported is an error when the model is loaded.
///
/// ```no_run
/// use datus_store::model::{EmbeddingModel, Role, SentenceTransformer};
///
/// # async fn embed() -> Result<(), datus_store::BoxError> {
/// let model = SentenceTransformer::from_folder("models/all-MiniLM-L6-v2")?;
/// let vectors = model.embed(&["monthly revenue by region"], Role::Query).await?;
/// assert_eq!(vectors[0].len(), 384);
/// # Ok(())
/// # }
/// ```
///
/// # Runners
///
/// | | feature | needs | models |
/// |---|---|---|---|
/// | `Native` | `native` | nothing | `bert`, `camembert`, `distilbert`, `mpnet`, `roberta`, `xlm-roberta`, on the CPU |
/// | `Candle` | `candle` | nothing | `bert`, `camembert`, `distilbert`, `mpnet`, `roberta`, `xlm-roberta` |
/// | `Onnx` | `onnx` | the ONNX Runtime shared library, and the model as a graph | any that takes token ids |
///
/// On a CPU, the native runner and ONNX Runtime are faster than candle. By default, ONNX Runtime runs the models in folders
/// that contain an ONNX file. The native runner, or candle if the `native` feature is disabled, runs all other models. It
/// also runs those that ONNX Runtime cannot run, for example because its library is not installed. The method
/// [`runner`](Self::runner), the `Debug` output and a `tracing` event name the runner.
///
/// The vectors that two runners return for a text have a cosine similarity above 0.9999, and the identity of the model is
/// the same. A table that was filled with one runner can be opened with another. A quantized graph returns different
/// vectors, so its identity differs.
///
/// # Determinism and cost
/// The vector of a text does not depend on the other texts of a call, except for differences below 10⁻⁵. Texts of similar
/// length run in one batch, and padding is masked. A text longer than [`max_tokens`](Self::max_tokens) is truncated. The
/// model runs on rayon's threads, not on those of the async runtime, and uses all cores. Clones share the weights.
#[derive(Clone)]
pub struct SentenceTransformer {
    identity: ModelIdentity,
    limits: BatchLimits,
    runner: Runner,
    python: Option<PythonFunction>,
    model: Arc<Model>,
}

impl SentenceTransformer {
    /// Returns the runner of the model: the one set in the builder or, if none is set, the one selected when the model was
    /// loaded.
    pub fn runner(&self) -> &Runner {
        &self.runner
    }

    /// Returns the maximum number of tokens embedded per text, including the prefix and the special tokens of each text.
    pub fn max_tokens(&self) -> usize {
        self.model.text().max_tokens()
    }
}

#[async_trait]
impl EmbeddingModel for SentenceTransformer {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        let prefix = match role {
            Role::Document => &self.identity.document_prefix,
            Role::Query => &self.identity.query_prefix,
        };
        self.model.embed(prefix, texts).await
    }

    fn limits(&self) -> BatchLimits {
        self.limits
    }

    /// Returns `sentence-transformers` with the name on the hub: the name that the model was fetched by, or an id with an
    /// organization. Returns `None` for a model with prefixes, or if the builder changed the pooling, the length or the
    /// prefixes, because Python uses the settings in the files.
    fn python_function(&self) -> Option<PythonFunction> {
        self.python.clone()
    }

    /// Counts the tokens with the tokenizer. The text is truncated to [`max_tokens`](SentenceTransformer::max_tokens), so
    /// the result never exceeds it.
    fn count_tokens(&self, text: &str) -> usize {
        self.model.text().count(text).unwrap_or_else(|| text.chars().count().div_ceil(4))
    }
}

impl fmt::Debug for SentenceTransformer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identity, limits, runner, python: _, model } = self;
        f.debug_struct("SentenceTransformer")
            .field("identity", identity)
            .field("limits", limits)
            .field("runner", runner)
            .field("max_tokens", &model.text().max_tokens())
            .finish_non_exhaustive()
    }
}
