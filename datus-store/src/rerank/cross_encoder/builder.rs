use std::path::PathBuf;
use std::sync::Arc;

use super::{CrossEncoder, Scale};
use crate::error::Result;
use crate::model::{Candle, PairClassifier, Place, Runner};

/// Loads a [`CrossEncoder`] otherwise than its folder says.
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
    place: Place,
    name: Option<String>,
    revision: Option<String>,
    candle: Candle,
    scale: Option<Scale>,
    max_tokens: Option<usize>,
}

impl CrossEncoderBuilder {
    pub(super) fn folder(folder: PathBuf) -> Self {
        Self::new(Place::Folder(folder))
    }

    #[cfg(feature = "hub")]
    pub(super) fn hub(name: String) -> Self {
        Self::new(Place::Hub(name))
    }

    fn new(place: Place) -> Self {
        Self { place, name: None, revision: None, candle: Candle::default(), scale: None, max_tokens: None }
    }

    /// Sets what it is called in errors and in `explain()`. By default it is the name on the hub, or that of the folder.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the branch, tag or commit that is fetched from the hub: `main` by default. A folder has none.
    pub fn revision(mut self, revision: impl Into<String>) -> Self {
        self.revision = Some(revision.into());
        self
    }

    /// Sets how candle runs the model: on the processor by default.
    pub fn candle(mut self, candle: Candle) -> Self {
        self.candle = candle;
        self
    }

    /// Sets what scores are brought to. By default it is what the model's files say.
    pub fn scale(mut self, scale: Scale) -> Self {
        self.scale = Some(scale);
        self
    }

    /// Sets how many tokens of a query and a text together are read; the rest is cut off.
    ///
    /// By default it is what the model's files say. More than the model has positions for is an error. Less is
    /// faster: the cost of a row grows with its tokens.
    pub fn max_tokens(mut self, max_tokens: usize) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    /// Loads the model and scores one pair, so that a model that cannot run is found here.
    ///
    /// Reads the whole weights: a tenth of a second for 100 MB. Blocks the thread, with `from_hub` also while files
    /// are downloaded.
    ///
    /// # Errors
    /// `Model` when a file is missing, damaged or not supported, when there is no such device, or when there is no
    /// network to fetch from; the message names the file and the remedy.
    pub fn build(self) -> Result<CrossEncoder> {
        let Self { place, name, revision, candle, scale, max_tokens } = self;
        let located = place.locate(revision.as_deref(), Some(&Runner::Candle(candle.clone())))?;
        let classifier = PairClassifier::load(&located.folder, &candle, max_tokens)?;
        Ok(CrossEncoder {
            name: name.unwrap_or(located.id),
            scale: scale.unwrap_or(classifier.scale()),
            classifier: Arc::new(classifier),
        })
    }
}
