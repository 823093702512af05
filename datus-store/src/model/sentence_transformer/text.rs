//! Texts to token ids.

use std::path::Path;

#[cfg(feature = "candle")]
use tokenizers::Encoding;
use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

use super::folder::{fault_from, fault_with};
use crate::error::{BoxError, Result};

/// What a model is given at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    Text,
    #[cfg(feature = "candle")]
    Pair,
}

/// The tokenizer of a model, cut to the model's length.
#[derive(Debug)]
pub(super) struct TextEncoder {
    tokenizer: Tokenizer,
    lower_case: bool,
    max_tokens: usize,
}

/// Two texts as tokens of one input.
#[cfg(feature = "candle")]
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) ids: Vec<u32>,
    /// For each id which text it is of, 0 or 1; 0 throughout where the model does not tell them apart so.
    pub(super) types: Vec<u32>,
}

impl TextEncoder {
    /// Reads `tokenizer.json`.
    ///
    /// # Errors
    /// `Model` when it is missing or damaged, or `max_tokens` leaves no room for the tokens that every input has.
    pub(super) fn read(file: &Path, input: Input, max_tokens: usize, lower_case: bool) -> Result<Self> {
        if !file.exists() {
            let remedy = "save the tokenizer with `AutoTokenizer.from_pretrained(…).save_pretrained(…)`, which writes it";
            return Err(fault_with(file, "is missing", remedy));
        }
        let mut tokenizer = Tokenizer::from_file(file)
            .map_err(|error| fault_from(file, format!("cannot be read as a tokenizer: {error}"), error))?;
        let empty = match input {
            Input::Text => tokenizer.encode_fast("", true),
            #[cfg(feature = "candle")]
            Input::Pair => tokenizer.encode_fast(("", ""), true),
        };
        let special = empty
            .map_err(|error| fault_from(file, "cannot be run", error))?
            .get_attention_mask()
            .iter()
            .filter(|&&mask| mask == 1)
            .count();
        if max_tokens <= special {
            let what = format!("{max_tokens} tokens are too few: each input has {special} of its own");
            return Err(fault_with(file, what, "give more to `.max_tokens(…)`"));
        }
        let truncation = TruncationParams {
            direction: TruncationDirection::Right,
            max_length: max_tokens,
            strategy: TruncationStrategy::LongestFirst,
            stride: 0,
        };
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(Some(truncation))
            .map_err(|error| fault_from(file, "cannot be cut to the model's length", error))?;
        Ok(Self { tokenizer, lower_case, max_tokens })
    }

    /// The ids of each text, at most the model's length. Runs on all cores.
    pub(super) fn encode(&self, prefix: &str, texts: &[String]) -> Result<Vec<Vec<u32>>, BoxError> {
        let texts: Vec<String> = texts.iter().map(|text| self.prepare(prefix, text)).collect();
        let encodings = self.tokenizer.encode_batch_fast(texts, true)?;
        Ok(encodings.iter().map(|encoding| encoding.get_ids().to_vec()).collect())
    }

    /// Each text as a pair with `first`: its ids, at most the model's length, and the part that each of them is of. What
    /// is too long loses tokens of the longer part first. Runs on all cores.
    #[cfg(feature = "candle")]
    pub(super) fn encode_pairs(&self, first: &str, texts: &[String]) -> Result<Vec<Pair>, BoxError> {
        let first = self.prepare("", first);
        let pairs: Vec<(String, String)> =
            texts.iter().map(|text| (first.clone(), self.prepare("", text))).collect();
        let encodings = self.tokenizer.encode_batch_fast(pairs, true)?;
        let pair = |encoding: &Encoding| Pair {
            ids: encoding.get_ids().to_vec(),
            types: encoding.get_type_ids().to_vec(),
        };
        Ok(encodings.iter().map(pair).collect())
    }

    /// How many tokens of the text the model sees.
    pub(super) fn count(&self, text: &str) -> Option<usize> {
        Some(self.tokenizer.encode_fast(self.prepare("", text), true).ok()?.len())
    }

    pub(super) fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// The id of the token that a vocabulary has for padding; masked, so any will do where there is none.
    pub(super) fn padding(&self) -> u32 {
        let ids = ["[PAD]", "<pad>"].into_iter().filter_map(|token| self.tokenizer.token_to_id(token));
        ids.into_iter().next().unwrap_or(0)
    }

    fn prepare(&self, prefix: &str, text: &str) -> String {
        let text = format!("{prefix}{text}");
        if self.lower_case { text.to_lowercase() } else { text }
    }
}
