use std::path::PathBuf;
use std::sync::Arc;

use super::{CrossEncoder, Scale};
use crate::error::Result;
use crate::model::{Candle, ModelSource, PairClassifier, Runner};

impl CrossEncoder {
    /// Loads a model from a folder, with the settings in its files.
    ///
    /// # Errors
    /// Fails with `Model` if a file is missing, damaged or not supported. The error names the file and the remedy.
    pub fn from_folder(folder: impl Into<PathBuf>) -> Result<Self> {
        Self::builder(folder).build()
    }

    /// Loads a model from the [Hugging Face hub](https://huggingface.co), by a name such as
    /// `cross-encoder/ms-marco-MiniLM-L6-v2`.
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

    /// Returns a builder for a model in a folder, with options such as device and length.
    pub fn builder(folder: impl Into<PathBuf>) -> CrossEncoderBuilder {
        CrossEncoderBuilder::folder(folder.into())
    }

    /// Returns a builder for a model on the Hugging Face hub, with options such as revision and device.
    #[cfg(feature = "hub")]
    pub fn hub_builder(name: impl Into<String>) -> CrossEncoderBuilder {
        CrossEncoderBuilder::hub(name.into())
    }
}

/// Loads a [`CrossEncoder`] with settings that override those in its files.
///
/// ```no_run
/// use datus_store::rerank::{CrossEncoder, Scale};
///
/// let reranker = CrossEncoder::builder("models/bge-reranker-base")
///     .scale(Scale::Identity)
///     .max_tokens(256)
///     .build()?;
/// # Ok::<(), datus_store::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is loaded until `build`"]
pub struct CrossEncoderBuilder {
    source: ModelSource,
    name: Option<String>,
    revision: Option<String>,
    candle: Candle,
    scale: Option<Scale>,
    max_tokens: Option<usize>,
}

impl CrossEncoderBuilder {
    fn folder(folder: PathBuf) -> Self {
        Self::new(ModelSource::Folder(folder))
    }

    #[cfg(feature = "hub")]
    fn hub(name: String) -> Self {
        Self::new(ModelSource::Hub(name))
    }

    fn new(source: ModelSource) -> Self {
        Self { source, name: None, revision: None, candle: Candle::default(), scale: None, max_tokens: None }
    }

    /// Sets the name used in errors and in `explain()`. The default is the name on the hub, or the name of the folder.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the branch, tag or commit to fetch from the hub. The default is `main`. The setting has no effect on a folder.
    pub fn revision(mut self, revision: impl Into<String>) -> Self {
        self.revision = Some(revision.into());
        self
    }

    /// Sets how candle runs the model. By default, it runs on the CPU.
    pub fn candle(mut self, candle: Candle) -> Self {
        self.candle = candle;
        self
    }

    /// Sets the scale of the scores. By default, the files of the model determine it.
    pub fn scale(mut self, scale: Scale) -> Self {
        self.scale = Some(scale);
        self
    }

    /// Sets the maximum number of tokens in a query and a text together. A longer pair is truncated.
    ///
    /// By default, the files of the model determine it. A value above the number of positions in the model is an error.
    /// A smaller value is faster, because the cost of a row grows with its number of tokens.
    pub fn max_tokens(mut self, max_tokens: usize) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    /// Loads the model and scores one pair, so that a model that cannot run fails here.
    ///
    /// Loading reads all weights, which takes a tenth of a second for 100 MB. It blocks the thread, even while files are
    /// downloaded from the hub.
    ///
    /// # Errors
    /// Fails with `Model` if a file is missing, damaged or not supported, if the device does not exist, or if a file
    /// cannot be downloaded. The error names the file and the remedy.
    pub fn build(self) -> Result<CrossEncoder> {
        let Self { source, name, revision, candle, scale, max_tokens } = self;
        let local = source.locate(revision.as_deref(), Some(&Runner::Candle(candle.clone())))?;
        let classifier = PairClassifier::load(&local.folder, &candle, max_tokens)?;
        Ok(CrossEncoder {
            name: name.unwrap_or(local.id),
            scale: scale.unwrap_or(classifier.scale()),
            classifier: Arc::new(classifier),
        })
    }
}
