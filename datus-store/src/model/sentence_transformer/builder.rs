use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SentenceTransformer;
use super::engine::Engine;
use super::fingerprint::fingerprint;
use super::folder::{file_error_from, file_error_with_help, require_folder};
use super::layout::Layout;
use super::model_source::ModelSource;
use super::pipeline::Model;
use super::pooling::Pooling;
use super::runner::Runner;
use super::text::{Input, TextEncoder};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{BatchLimits, ModelIdentity, PythonFunction};

impl SentenceTransformer {
    /// Loads a model from a folder, with the settings in its files.
    ///
    /// The model's identity has the name of the folder as its id and a hash of the weights as its revision. To set other
    /// values, use [`builder`](Self::builder).
    ///
    /// # Errors
    /// Fails with `Model` if a file is missing, damaged or not supported. The error names the file and the remedy.
    pub fn from_folder(folder: impl Into<PathBuf>) -> Result<Self> {
        Self::builder(folder).build()
    }

    /// Loads a model from the [Hugging Face hub](https://huggingface.co), by a name such as
    /// `sentence-transformers/all-MiniLM-L6-v2`.
    ///
    /// The files are cached where the Python libraries cache them: `~/.cache/huggingface`, or the folder set by `HF_HOME`.
    /// With `HF_HUB_OFFLINE=1`, only the cache is used. The call blocks the thread while files are downloaded.
    ///
    /// # Errors
    /// Fails with `Model` for the same reasons as [`from_folder`](Self::from_folder), and if a file is not in the cache
    /// and cannot be downloaded.
    #[cfg(feature = "hub")]
    pub fn from_hub(name: impl Into<String>) -> Result<Self> {
        Self::hub_builder(name).build()
    }

    /// Returns a builder for a model in a folder, with options such as the runner and prefixes.
    pub fn builder(folder: impl Into<PathBuf>) -> SentenceTransformerBuilder {
        SentenceTransformerBuilder::folder(folder.into())
    }

    /// Returns a builder for a model on the Hugging Face hub, with options such as the runner and revision.
    #[cfg(feature = "hub")]
    pub fn hub_builder(name: impl Into<String>) -> SentenceTransformerBuilder {
        SentenceTransformerBuilder::hub(name.into())
    }
}

/// Loads a [`SentenceTransformer`] with settings that override those in its files.
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
    fn folder(folder: PathBuf) -> Self {
        Self::new(ModelSource::Folder(folder))
    }

    #[cfg(feature = "hub")]
    fn hub(name: String) -> Self {
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

    /// Sets the id in the model's identity. The default is the name on the hub, or the name of the folder.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the revision in the identity of the model. On the hub, it is also the branch, tag or commit to fetch.
    ///
    /// The default is the commit of `main` on the hub, or a hash of the weights in a folder.
    pub fn revision(mut self, revision: impl Into<String>) -> Self {
        self.revision = Some(revision.into());
        self
    }

    /// Sets the runner of the model: `Native`, [`Candle`](super::Candle), [`Onnx`](super::Onnx) or a [`Runner`].
    ///
    /// The default is ONNX Runtime if the feature is enabled and the folder contains an ONNX file. Otherwise, it is the
    /// native runner, or candle if the `native` feature is disabled. This runner also runs the models that ONNX Runtime
    /// cannot run, for example because it is not installed. [`SentenceTransformer::runner`] returns the selected runner. If
    /// a runner is set and cannot run the model, [`build`](Self::build) fails.
    pub fn runner(mut self, runner: impl Into<Runner>) -> Self {
        self.runner = Some(runner.into());
        self
    }

    /// Sets how tokens are pooled. It is required for a plain encoder, because its folder does not define the pooling.
    pub fn pooling(mut self, pooling: Pooling) -> Self {
        self.pooling = Some(pooling);
        self
    }

    /// Sets whether vectors are scaled to unit length. By default, they are scaled if `modules.json` ends with `Normalize`.
    pub fn normalized(mut self, normalized: bool) -> Self {
        self.normalized = Some(normalized);
        self
    }

    /// Sets the maximum number of tokens embedded per text. Longer texts are truncated.
    ///
    /// The default is the length in the model's files, which is the length that the model was trained with. If they define
    /// no length, the default is 512. A value above the number of positions in the model is an error.
    pub fn max_tokens(mut self, max_tokens: usize) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    /// Sets the prefix for documents. The default is the prompt `document`, `passage` or `corpus` in
    /// `config_sentence_transformers.json`.
    pub fn document_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.document_prefix = Some(prefix.into());
        self
    }

    /// Sets the prefix for queries. The default is the prompt `query` in `config_sentence_transformers.json`.
    pub fn query_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.query_prefix = Some(prefix.into());
        self
    }

    /// Sets how many texts are passed to one call, and how many calls run at once. The default is two concurrent calls with
    /// 32 texts per core, but at least 64 and at most 1,024 texts.
    pub fn limits(mut self, limits: BatchLimits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Loads the model and embeds one text, so that a model that cannot run fails here.
    ///
    /// Loading reads all weights, which takes a tenth of a second for 100 MB. It blocks the thread, even while files are
    /// downloaded from the hub.
    ///
    /// # Errors
    /// Fails with `Model` if a file is missing, damaged or not supported, if the runner cannot be used, or if a file
    /// cannot be downloaded. The error names the file and the remedy.
    pub fn build(self) -> Result<SentenceTransformer> {
        let local = self.source.locate(self.revision.as_deref(), self.runner_to_fetch().as_ref())?;
        let folder = require_folder(&local.folder)?;
        let layout = self.layout(&folder)?;
        let text = self.text(&folder, &layout)?;
        let (normalized, prefixes) = (layout.normalized(), layout.prefixes.clone());
        let loaded = self.load(&folder, text, layout)?;
        let revision = match (local.commit, &self.revision) {
            (Some(commit), _) => loaded.model.engine().revision(commit),
            (None, Some(revision)) => revision.clone(),
            (None, None) => {
                let engine = loaded.model.engine();
                engine.revision(fingerprint(&engine.weight_files(&loaded.transformer)?)?)
            }
        };
        let has_prefixes = !prefixes.document.is_empty() || !prefixes.query.is_empty();
        let python = if has_prefixes { None } else { self.python_function(normalized) };
        let identity = ModelIdentity::new(self.id.unwrap_or(local.id), loaded.dimension)
            .with_revision(revision)
            .with_normalized(normalized)
            .with_prefixes(prefixes.document, prefixes.query);
        tracing::info!(model = identity.id, runner = loaded.runner.name(), "loaded a sentence transformer");
        let limits = self.limits.unwrap_or_else(default_limits);
        let (runner, model) = (loaded.runner, Arc::new(loaded.model));
        Ok(SentenceTransformer { identity, limits, runner, python, model })
    }

    /// Loads the model with the configured runner. By default, it tries the preferred runner and then the alternative.
    fn load(&self, folder: &Path, text: TextEncoder, layout: Layout) -> Result<LoadedModel> {
        let runner = self.runner.clone().unwrap_or_else(|| Runner::of_folder(folder));
        let other = runner.other().filter(|_| self.runner.is_none());
        let error = match LoadedModel::new(folder, text, layout, runner.clone()) {
            Ok(loaded) => return Ok(loaded),
            Err(error) => error,
        };
        let Some(other) = other else { return Err(error) };
        let layout = self.layout(folder)?;
        let name = other.name();
        match LoadedModel::new(folder, self.text(folder, &layout)?, layout, other) {
            Ok(loaded) => {
                tracing::warn!(
                    folder = %folder.display(),
                    %error,
                    "{} cannot run the model, so {name} runs it instead",
                    runner.name()
                );
                Ok(loaded)
            }
            Err(second) => {
                let message =
                    format!("{}; {name} cannot run it either: {}", error.message(), second.message());
                let help = error
                    .help()
                    .or(second.help())
                    .unwrap_or("set `runner` to see the error of one runner")
                    .to_owned();
                Err(Error::new(ErrorKind::Model, message).with_help(help).with_source(error))
            }
        }
    }

    /// Returns the function of LanceDB's Python client for this model, if there is one.
    fn python_function(&self, normalized: bool) -> Option<PythonFunction> {
        let is_changed = self.pooling.is_some() || self.max_tokens.is_some();
        let name = match &self.source {
            #[cfg(feature = "hub")]
            ModelSource::Hub(name) => Some(name),
            ModelSource::Folder(_) => self.id.as_ref().filter(|id| id.split('/').count() == 2),
        };
        let name = name.filter(|_| !is_changed)?.clone();
        Some(PythonFunction::new("sentence-transformers").with("name", name).with("normalize", normalized))
    }

    /// Returns the runner to fetch files for, or `None` if the choice of runner depends on the model's files.
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
            let what = "pooling without the tokens of the prefix (`include_prompt`) is not supported";
            return Err(file_error_with_help(
                folder,
                what,
                "use a model that pools all tokens, or set both prefixes to \"\"",
            ));
        }
        Ok(layout)
    }

    fn text(&self, folder: &Path, layout: &Layout) -> Result<TextEncoder> {
        let Layout { transformer, length, .. } = layout;
        let max_tokens = length.max_tokens(transformer, self.max_tokens)?;
        let own = transformer.join("tokenizer.json");
        let file = if own.exists() { own } else { folder.join("tokenizer.json") };
        TextEncoder::read(&file, Input::Text, max_tokens, length.lower_case)
    }
}

/// A loaded model that has embedded one text.
struct LoadedModel {
    model: Model,
    runner: Runner,
    dimension: usize,
    /// The folder that contains the weights.
    transformer: PathBuf,
}

impl LoadedModel {
    fn new(folder: &Path, text: TextEncoder, layout: Layout, runner: Runner) -> Result<Self> {
        let transformer = layout.transformer.clone();
        let engine = Engine::load(folder, &transformer, &runner)?;
        let mut model = Model::new(text, engine, layout);
        let dimension = model
            .dimension()
            .map_err(|error| file_error_from(folder, format!("the model cannot run: {error}"), error))?;
        Ok(Self { model, runner, dimension, transformer })
    }
}

fn default_limits() -> BatchLimits {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    BatchLimits::default().with_texts((cores * 32).clamp(64, 1024))
}
