mod batch;
mod builder;
#[cfg(feature = "candle")]
mod candle;
#[cfg(feature = "candle")]
mod classifier;
mod dense;
mod engine;
mod fingerprint;
mod folder;
#[cfg(feature = "hub")]
mod hub;
mod layout;
mod length;
mod model_source;
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
use std::path::PathBuf;
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
#[cfg(feature = "onnx-runtime")]
pub use runner::Onnx;
pub use runner::Runner;
#[cfg(feature = "candle")]
pub use runner::{Candle, Device};

use super::{BatchLimits, EmbeddingModel, ModelIdentity, Role, async_trait};
use crate::error::{BoxError, Result};

/// Embeds text by its meaning with a neural model on this machine: any
/// [sentence transformer](https://sbert.net) of the BERT family, or another one as an ONNX graph.
///
/// A model is a folder as the Python library lays it out. Pooling, normalisation, dense layers, the length of texts and
/// prefixes are read from its files; what cannot be honoured is an error when the model is loaded.
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
/// # Two ways to run
///
/// | | feature | needs | models |
/// |---|---|---|---|
/// | `Candle` | `candle` | nothing | `bert`, `camembert`, `distilbert`, `mpnet`, `roberta`, `xlm-roberta` |
/// | `Onnx` | `onnx` | the shared library of ONNX Runtime, and the model as a graph | any that takes token ids |
///
/// ONNX Runtime is the faster one on a processor. Without a choice it runs the folders that hold an ONNX file, and candle
/// the rest, and those that ONNX Runtime cannot run, for example because its library is not installed. [`runner`](Self::runner),
/// `Debug` and a `tracing` event say which one it is. Their vectors agree to a cosine above 0.9999, and their identity is the same: a table that was filled
/// with one is opened with the other. A quantised graph makes other vectors; its identity says so.
///
/// # Determinism and cost
/// A text has one vector whatever is embedded beside it, to within 10⁻⁵: texts of like length run together, padding is
/// masked. A text longer than [`max_tokens`](Self::max_tokens) is cut off there. Work runs on rayon's threads, not on
/// those of the async runtime, and uses all cores. A clone shares the weights.
#[derive(Clone)]
pub struct SentenceTransformer {
    identity: ModelIdentity,
    limits: BatchLimits,
    runner: Runner,
    model: Arc<Model>,
}

impl SentenceTransformer {
    /// Loads the model of a folder as its files say.
    ///
    /// The id in its identity is the folder's name, the revision a hash of its weights; [`builder`](Self::builder) sets
    /// others.
    ///
    /// # Errors
    /// `Model` when a file is missing, damaged or not supported; the message names the file and the remedy.
    pub fn from_folder(folder: impl Into<PathBuf>) -> Result<Self> {
        Self::builder(folder).build()
    }

    /// Loads a model of the [Hugging Face hub](https://huggingface.co), by a name such as
    /// `sentence-transformers/all-MiniLM-L6-v2`.
    ///
    /// Files are kept in the hub's cache, where Python's are: `~/.cache/huggingface`, or what `HF_HOME` says. With
    /// `HF_HUB_OFFLINE=1` nothing but the cache is used. Blocks the thread while files are downloaded.
    ///
    /// # Errors
    /// `Model` as [`from_folder`](Self::from_folder), and when a file is not in the cache and cannot be fetched.
    #[cfg(feature = "hub")]
    pub fn from_hub(name: impl Into<String>) -> Result<Self> {
        Self::hub_builder(name).build()
    }

    /// Starts to load the model of a folder, with a choice of runner, prefixes and more.
    pub fn builder(folder: impl Into<PathBuf>) -> SentenceTransformerBuilder {
        SentenceTransformerBuilder::folder(folder.into())
    }

    /// Starts to load a model of the Hugging Face hub, with a choice of runner, revision and more.
    #[cfg(feature = "hub")]
    pub fn hub_builder(name: impl Into<String>) -> SentenceTransformerBuilder {
        SentenceTransformerBuilder::hub(name.into())
    }

    /// Returns the runner of the model: the one given to the builder, or else the one that was found to run it.
    pub fn runner(&self) -> &Runner {
        &self.runner
    }

    /// How many tokens of a text are embedded, prefix and the tokens that every text has included.
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

    /// Runs the tokenizer; no more than [`max_tokens`](SentenceTransformer::max_tokens), where the text is cut off.
    fn count_tokens(&self, text: &str) -> usize {
        self.model.text().count(text).unwrap_or_else(|| text.chars().count().div_ceil(4))
    }
}

impl fmt::Debug for SentenceTransformer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identity, limits, runner, model } = self;
        f.debug_struct("SentenceTransformer")
            .field("identity", identity)
            .field("limits", limits)
            .field("runner", runner)
            .field("max_tokens", &model.text().max_tokens())
            .finish_non_exhaustive()
    }
}
