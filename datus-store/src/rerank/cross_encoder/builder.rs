use std::path::PathBuf;
use std::sync::Arc;

use super::{CrossEncoder, Scale};
use crate::error::Result;
use crate::model::{Candle, ModelSource, PairClassifier, Runner};

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
    pub(super) fn folder(folder: PathBuf) -> Self {
        Self::new(ModelSource::Folder(folder))
    }

    #[cfg(feature = "hub")]
    pub(super) fn hub(name: String) -> Self {
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

    /// Sets the branch, tag or commit to fetch from the hub. The default is `main`. It has no effect on a folder.
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

    /// Sets the most tokens of a query and a text together. Longer pairs are cut off.
    ///
    /// By default, the files of the model determine it. A value above the number of positions in the model is an error.
    /// A smaller value is faster, because the cost of a row grows with its tokens.
    pub fn max_tokens(mut self, max_tokens: usize) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    /// Loads the model and scores one pair, so that a model that cannot run fails here.
    ///
    /// Loading reads all weights, which takes a tenth of a second for 100 MB. It blocks the thread, including while files
    /// are downloaded from the hub.
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
