//! A model that reads two texts together and gives one number.

mod config;

use std::path::Path;
use std::sync::Arc;

use super::batch::{Batch, in_order, plan};
use super::candle::CandleClassifier;
use super::folder::{fault_from, require_folder};
use super::length::Length;
use super::runner::Candle;
use super::text::{Input, Pair, TextEncoder};
use crate::error::{BoxError, Result};
use crate::model::compute::{in_parallel, run_on_pool};
use config::Config;
pub use config::Scale;

/// A sequence classifier of one label, for pairs of texts.
pub(crate) struct PairClassifier {
    text: TextEncoder,
    model: CandleClassifier,
    scale: Scale,
    /// Whether the model is told which of a pair's texts a token is of.
    types: bool,
}

impl PairClassifier {
    /// Loads the model of a folder and runs it on one pair, so that one that cannot run is found here.
    ///
    /// # Errors
    /// `Model` when a file is missing, damaged or not supported.
    pub(crate) fn load(folder: &Path, candle: &Candle, max_tokens: Option<usize>) -> Result<Self> {
        let folder = require_folder(folder)?;
        let config = Config::read(&folder)?;
        let length = Length::read(&config.transformer)?;
        let max_tokens = length.tokens(&config.transformer, max_tokens)?;
        let file = config.transformer.join("tokenizer.json");
        let text = TextEncoder::read(&file, Input::Pair, max_tokens, length.lower_case)?;
        let model = CandleClassifier::load(&config.transformer, candle)?;
        let classifier = Self { text, model, scale: config.scale, types: config.types };
        classifier
            .score_here("query", &["text".to_owned()])
            .map_err(|error| fault_from(&folder, format!("the model cannot run: {error}"), error))?;
        Ok(classifier)
    }

    /// What the model's number is brought to, by its files.
    pub(crate) fn scale(&self) -> Scale {
        self.scale
    }

    /// How many tokens of a pair are read.
    pub(crate) fn max_tokens(&self) -> usize {
        self.text.max_tokens()
    }

    /// The number for each text beside `first`, not brought to any scale; computed off the threads of the async
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
        let batches = plan(&lengths, self.model.room());
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
