//! A model that computes one score for a pair of texts.

mod config;

use std::path::Path;
use std::sync::Arc;

use super::batch::{Batch, in_order, plan};
use super::candle::CandleClassifier;
use super::folder::{file_error_from, require_folder};
use super::length::Length;
use super::runner::Candle;
use super::text::{Input, Pair, TextEncoder};
use crate::error::{BoxError, Result};
use crate::model::compute::{in_parallel, run_on_pool};
use config::Config;
pub use config::Scale;

/// A sequence classifier with one label, for pairs of texts.
pub(crate) struct PairClassifier {
    text: TextEncoder,
    model: CandleClassifier,
    scale: Scale,
    /// `true` if the model uses the token types, which distinguish the two texts of a pair.
    types: bool,
}

impl PairClassifier {
    /// Loads a model from a folder and scores one pair, so that a model that cannot run fails here.
    ///
    /// # Errors
    /// Fails with `Model` if a file is missing, damaged or not supported.
    pub(crate) fn load(folder: &Path, candle: &Candle, max_tokens: Option<usize>) -> Result<Self> {
        let folder = require_folder(folder)?;
        let config = Config::read(&folder)?;
        let length = Length::read(&config.transformer)?;
        let max_tokens = length.max_tokens(&config.transformer, max_tokens)?;
        let file = config.transformer.join("tokenizer.json");
        let text = TextEncoder::read(&file, Input::Pair, max_tokens, length.lower_case)?;
        let model = CandleClassifier::load(&config.transformer, candle)?;
        let classifier = Self { text, model, scale: config.scale, types: config.types };
        classifier
            .score_here("query", &["text".to_owned()])
            .map_err(|error| file_error_from(&folder, format!("the model cannot run: {error}"), error))?;
        Ok(classifier)
    }

    /// Returns the scale defined in the model's files.
    pub(crate) fn scale(&self) -> Scale {
        self.scale
    }

    /// Returns the maximum number of tokens in a pair.
    pub(crate) fn max_tokens(&self) -> usize {
        self.text.max_tokens()
    }

    /// Returns the unscaled score of `first` paired with each text. It is computed outside the threads of the async
    /// runtime.
    pub(crate) async fn score(
        self: &Arc<Self>,
        first: &str,
        texts: Vec<String>,
    ) -> Result<Vec<f32>, BoxError> {
        let (classifier, first) = (Arc::clone(self), first.to_owned());
        run_on_pool(move || classifier.score_here(&first, &texts)).await?
    }

    fn score_here(&self, first: &str, texts: &[String]) -> Result<Vec<f32>, BoxError> {
        let pairs = self.text.encode_pairs(first, texts)?;
        let lengths: Vec<usize> = pairs.iter().map(|pair| pair.ids.len()).collect();
        let batches = plan(&lengths, self.model.capacity());
        let run = |batches: &[Vec<usize>]| {
            batches.iter().map(|positions| self.model.run(&self.batch(&pairs, positions))).collect()
        };
        let scored = match self.model.runs_in_parallel() {
            true => in_parallel(&batches, 1, run),
            false => run(&batches),
        };
        in_order(&batches, scored, pairs.len())
    }

    fn batch(&self, pairs: &[Pair], positions: &[usize]) -> Batch {
        let pairs = || positions.iter().map(|&position| &pairs[position]);
        let ids: Vec<&[u32]> = pairs().map(|pair| pair.ids.as_slice()).collect();
        let batch = Batch::new(&ids, self.text.padding());
        match self.types {
            true => batch.with_types(&pairs().map(|pair| pair.types.as_slice()).collect::<Vec<_>>()),
            false => batch,
        }
    }
}
