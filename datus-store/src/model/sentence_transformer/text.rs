//! Converts texts to token ids.

use std::path::Path;

#[cfg(feature = "candle")]
use tokenizers::Encoding;
use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

use super::folder::{DAMAGED_HELP, file_error_from, file_error_with_help};
use crate::error::{BoxError, Result};

/// The kind of input that a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    Text,
    #[cfg(feature = "candle")]
    Pair,
}

/// The tokenizer of a model, which truncates texts to the maximum length.
#[derive(Debug)]
pub(super) struct TextEncoder {
    tokenizer: Tokenizer,
    lower_case: bool,
    max_tokens: usize,
}

/// The tokens of two texts in one input.
#[cfg(feature = "candle")]
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) ids: Vec<u32>,
    /// The token type of each id: 0 for the first text and 1 for the second. All are 0 if the model does not use types.
    pub(super) types: Vec<u32>,
}

impl TextEncoder {
    /// Reads `tokenizer.json`.
    ///
    /// # Errors
    /// Fails with `Model` if the file is missing or damaged, or if `max_tokens` is not greater than the number of special
    /// tokens.
    pub(super) fn read(file: &Path, input: Input, max_tokens: usize, lower_case: bool) -> Result<Self> {
        if !file.exists() {
            let help = "create it in Python with `AutoTokenizer.from_pretrained(…).save_pretrained(…)`";
            return Err(file_error_with_help(file, "is missing", help));
        }
        let mut tokenizer = Tokenizer::from_file(file).map_err(|error| {
            file_error_from(file, format!("cannot be read as a tokenizer: {error}"), error)
                .with_help(DAMAGED_HELP)
        })?;
        let empty = match input {
            Input::Text => tokenizer.encode_fast("", true),
            #[cfg(feature = "candle")]
            Input::Pair => tokenizer.encode_fast(("", ""), true),
        };
        let special = empty
            .map_err(|error| file_error_from(file, "the tokenizer failed", error))?
            .get_attention_mask()
            .iter()
            .filter(|&&mask| mask == 1)
            .count();
        if max_tokens <= special {
            let what = format!("`max_tokens` is {max_tokens}, but each input has {special} special tokens");
            return Err(file_error_with_help(file, what, "raise `.max_tokens(…)`"));
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
            .map_err(|error| file_error_from(file, "the tokenizer does not support truncation", error))?;
        Ok(Self { tokenizer, lower_case, max_tokens })
    }

    /// Returns the ids of each text, truncated to the maximum length. Runs on all cores.
    pub(super) fn encode(&self, prefix: &str, texts: &[String]) -> Result<Vec<Vec<u32>>, BoxError> {
        let texts: Vec<String> = texts.iter().map(|text| self.prepare(prefix, text)).collect();
        let encodings = self.tokenizer.encode_batch_fast(texts, true)?;
        Ok(encodings.iter().map(|encoding| encoding.get_ids().to_vec()).collect())
    }

    /// Returns the ids and token types of `first` paired with each text. Pairs are truncated to the maximum length by
    /// removing tokens from the longer text first. Runs on all cores.
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

    /// Returns the number of tokens in a text after truncation.
    pub(super) fn count(&self, text: &str) -> Option<usize> {
        Some(self.tokenizer.encode_fast(self.prepare("", text), true).ok()?.len())
    }

    pub(super) fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Returns the id of the padding token. If the tokenizer has no such token, the id is 0, because padding is masked and
    /// any id works.
    pub(super) fn padding(&self) -> u32 {
        let ids = ["[PAD]", "<pad>"].into_iter().filter_map(|token| self.tokenizer.token_to_id(token));
        ids.into_iter().next().unwrap_or(0)
    }

    fn prepare(&self, prefix: &str, text: &str) -> String {
        let text = format!("{prefix}{text}");
        if self.lower_case { text.to_lowercase() } else { text }
    }
}
