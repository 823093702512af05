use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SentenceTransformer;
use super::engine::Engine;
use super::fingerprint::fingerprint;
use super::folder::{fault, fault_from, require_folder};
use super::layout::Layout;
use super::model_source::ModelSource;
use super::pipeline::Model;
use super::pooling::Pooling;
use super::runner::Runner;
use super::text::{Input, TextEncoder};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{BatchLimits, ModelIdentity};

/// Loads a [`SentenceTransformer`] otherwise than its folder says.
///
/// ```no_run
/// use datus_store::model::{Pooling, SentenceTransformer};
///
/// let model = SentenceTransformer::builder("models/bge-small-en-v1.5")
///     .query_prefix("Represent this sentence for searching relevant passages: ")
///     .max_tokens(256)
///     .build()?;
/// # Ok::<(), datus_store::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is loaded until `build`"]
pub struct SentenceTransformerBuilder {
    source: ModelSource,
    id: Option<String>,
    revision: Option<String>,
    runner: Option<Runner>,
    pooling: Option<Pooling>,
    normalized: Option<bool>,
    max_tokens: Option<usize>,
    document_prefix: Option<String>,
    query_prefix: Option<String>,
    limits: Option<BatchLimits>,
}

impl SentenceTransformerBuilder {
    pub(super) fn folder(folder: PathBuf) -> Self {
        Self::new(ModelSource::Folder(folder))
    }

    #[cfg(feature = "hub")]
    pub(super) fn hub(name: String) -> Self {
        Self::new(ModelSource::Hub(name))
    }

    fn new(source: ModelSource) -> Self {
        Self {
            source,
            id: None,
            revision: None,
            runner: None,
            pooling: None,
            normalized: None,
            max_tokens: None,
            document_prefix: None,
            query_prefix: None,
            limits: None,
        }
    }

    /// Sets the id in the model's identity. By default it is the name on the hub, or the name of the folder.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the revision in the model's identity and, on the hub, the branch, tag or commit that is fetched.
    ///
    /// By default it is the commit of the hub's `main`, or a hash of the weights of a folder.
    pub fn revision(mut self, revision: impl Into<String>) -> Self {
        self.revision = Some(revision.into());
        self
    }

    /// Sets what runs the model: [`Candle`](super::Candle), [`Onnx`](super::Onnx) or a [`Runner`].
    ///
    /// By default it is ONNX Runtime where the feature is on and the folder holds an ONNX file, and candle otherwise. With
    /// both features on, candle also runs the folders that ONNX Runtime cannot, for example because it is not installed;
    /// [`SentenceTransformer::runner`] says which one it is. A runner that is set runs the model, or the model is an error.
    pub fn runner(mut self, runner: impl Into<Runner>) -> Self {
        self.runner = Some(runner.into());
        self
    }

    /// Sets how tokens are pooled, also for a plain encoder, whose folder does not say it.
    pub fn pooling(mut self, pooling: Pooling) -> Self {
        self.pooling = Some(pooling);
        self
    }

    /// Sets whether vectors are scaled to length one. By default they are where `modules.json` ends with `Normalize`.
    pub fn normalized(mut self, normalized: bool) -> Self {
        self.normalized = Some(normalized);
        self
    }

    /// Sets how many tokens of a text are embedded; the rest is cut off.
    ///
    /// By default it is what the model's files say, which is the length it was trained with, or 512 where none does.
    /// More than the model has positions for is an error.
    pub fn max_tokens(mut self, max_tokens: usize) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    /// Sets what is put before a document. By default it is the prompt `document`, `passage` or `corpus` of
    /// `config_sentence_transformers.json`.
    pub fn document_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.document_prefix = Some(prefix.into());
        self
    }

    /// Sets what is put before a query. By default it is the prompt `query` of `config_sentence_transformers.json`.
    pub fn query_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.query_prefix = Some(prefix.into());
        self
    }

    /// Sets how many texts a call takes and how many calls run at once. By default 32 texts for each core, but at least
    /// 64 and at most 1,024, and two calls.
    pub fn limits(mut self, limits: BatchLimits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Loads the model and embeds one text, so that a model that cannot run is found here.
    ///
    /// Reads the whole weights: a tenth of a second for 100 MB. Blocks the thread, with `from_hub` also while files
    /// are downloaded.
    ///
    /// # Errors
    /// `Model` when a file is missing, damaged or not supported, when the runner cannot be used, or when there is no
    /// network to fetch from; the message names the file and the remedy.
    pub fn build(self) -> Result<SentenceTransformer> {
        let located = self.source.locate(self.revision.as_deref(), self.runner_to_fetch().as_ref())?;
        let folder = require_folder(&located.folder)?;
        let layout = self.layout(&folder)?;
        let text = self.text(&folder, &layout)?;
        let (normalized, prefixes) = (layout.normalized(), layout.prefixes.clone());
        let loaded = self.load(&folder, text, layout)?;
        let revision = match (located.commit, &self.revision) {
            (Some(commit), _) => loaded.model.engine().revision(commit),
            (None, Some(revision)) => revision.clone(),
            (None, None) => {
                let engine = loaded.model.engine();
                engine.revision(fingerprint(&engine.weight_files(&loaded.transformer)?)?)
            }
        };
        let identity = ModelIdentity::new(self.id.unwrap_or(located.id), loaded.dimension)
            .with_revision(revision)
            .with_normalized(normalized)
            .with_prefixes(prefixes.document, prefixes.query);
        tracing::info!(model = identity.id, runner = loaded.runner.name(), "loaded a sentence transformer");
        let limits = self.limits.unwrap_or_else(default_limits);
        Ok(SentenceTransformer { identity, limits, runner: loaded.runner, model: Arc::new(loaded.model) })
    }

    /// Loads the model with the runner that was chosen, or without a choice with the first that can run it.
    fn load(&self, folder: &Path, text: TextEncoder, layout: Layout) -> Result<Loaded> {
        let runner = self.runner.clone().unwrap_or_else(|| Runner::of_folder(folder));
        let other = runner.other().filter(|_| self.runner.is_none());
        let error = match Loaded::new(folder, text, layout, runner.clone()) {
            Ok(loaded) => return Ok(loaded),
            Err(error) => error,
        };
        let Some(other) = other else { return Err(error) };
        let layout = self.layout(folder)?;
        let name = other.name();
        match Loaded::new(folder, self.text(folder, &layout)?, layout, other) {
            Ok(loaded) => {
                tracing::warn!(
                    folder = %folder.display(),
                    %error,
                    "{} cannot run the model, so {name} runs it",
                    runner.name()
                );
                Ok(loaded)
            }
            Err(second) => {
                let message =
                    format!("{}; {name} cannot run it either: {}", error.message(), second.message());
                let help =
                    error.help().or(second.help()).unwrap_or("choose the runner to see its error").to_owned();
                Err(Error::new(ErrorKind::Model, message).with_help(help).with_source(error))
            }
        }
    }

    /// The runner whose files are fetched; `None` where it depends on the files that there are.
    fn runner_to_fetch(&self) -> Option<Runner> {
        #[cfg(feature = "hub")]
        if self.runner.is_none() && matches!(self.source, ModelSource::Hub(_)) {
            return Runner::of_machine();
        }
        self.runner.clone()
    }

    fn layout(&self, folder: &Path) -> Result<Layout> {
        let mut layout = Layout::read(folder, self.pooling)?;
        if let Some(normalized) = self.normalized {
            layout.set_normalized(normalized);
        }
        let prefixes = &mut layout.prefixes;
        prefixes.document =
            self.document_prefix.clone().unwrap_or_else(|| std::mem::take(&mut prefixes.document));
        prefixes.query = self.query_prefix.clone().unwrap_or_else(|| std::mem::take(&mut prefixes.query));
        if layout.skips_prompt && !(layout.prefixes.document.is_empty() && layout.prefixes.query.is_empty()) {
            let what =
                "the pooling leaves out the tokens of the prefix (`include_prompt`), which is not supported";
            return Err(fault(folder, what));
        }
        Ok(layout)
    }

    fn text(&self, folder: &Path, layout: &Layout) -> Result<TextEncoder> {
        let Layout { transformer, length, .. } = layout;
        let max_tokens = length.tokens(transformer, self.max_tokens)?;
        let own = transformer.join("tokenizer.json");
        let file = if own.exists() { own } else { folder.join("tokenizer.json") };
        TextEncoder::read(&file, Input::Text, max_tokens, length.lower_case)
    }
}

/// A model in memory that has run once.
struct Loaded {
    model: Model,
    runner: Runner,
    dimension: usize,
    /// The folder of the weights.
    transformer: PathBuf,
}

impl Loaded {
    fn new(folder: &Path, text: TextEncoder, layout: Layout, runner: Runner) -> Result<Self> {
        let transformer = layout.transformer.clone();
        let engine = Engine::load(folder, &transformer, &runner)?;
        let mut model = Model::new(text, engine, layout);
        let dimension = model
            .dimension()
            .map_err(|error| fault_from(folder, format!("the model cannot run: {error}"), error))?;
        Ok(Self { model, runner, dimension, transformer })
    }
}

fn default_limits() -> BatchLimits {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    BatchLimits::default().with_texts((cores * 32).clamp(64, 1024))
}
