use std::path::Path;

use serde::Deserialize;

use super::folder::{file_error_with_help, read_json};
use super::positions::Positions;
use crate::error::Result;
use crate::model::bounds::{MAX_TOKENS, check_positive};

/// The maximum number of tokens in a text if no file of the model defines it, as for BERT.
const DEFAULT_MAX_TOKENS: usize = 512;

/// The tokenization settings that are not in the tokenizer's file.
#[derive(Debug, Default)]
pub(super) struct Length {
    /// The maximum number of tokens per text that the model was trained with, if a file defines it.
    max_tokens: Option<usize>,
    pub(super) lower_case: bool,
}

impl Length {
    /// Reads a folder. Older versions store the length in `sentence_bert_config.json`, newer versions in
    /// `tokenizer_config.json`.
    ///
    /// # Errors
    /// Fails with `Model` if a file cannot be read.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let sentence: LengthConfig =
            read_json(&folder.join("sentence_bert_config.json"))?.unwrap_or_default();
        let tokenizer: LengthConfig = read_json(&folder.join("tokenizer_config.json"))?.unwrap_or_default();
        // A tokenizer without a limit stores 10³⁰.
        let limit = tokenizer.model_max_length.filter(|&length| (1.0..1e9).contains(&length));
        let max_tokens = sentence.max_seq_length.or(limit.map(|length| length as usize));
        Ok(Self { max_tokens, lower_case: sentence.do_lower_case })
    }

    /// Returns the maximum number of tokens in a text: the caller's setting or, if it is absent, the length in the
    /// files, limited to the number of positions.
    ///
    /// # Errors
    /// Fails with `Model` if the setting is above the number of positions in the model, and with `InvalidInput` if it is
    /// above the limit for all models.
    pub(super) fn max_tokens(&self, folder: &Path, setting: Option<usize>) -> Result<usize> {
        let config = folder.join("config.json");
        let limit = read_json::<Positions>(&config)?.unwrap_or_default().limit();
        setting.map_or(Ok(()), |setting| check_positive("max_tokens", setting, MAX_TOKENS))?;
        match (setting, limit) {
            (Some(setting), Some(limit)) if setting > limit => {
                let what =
                    format!("the model has positions for {limit} tokens, but `max_tokens` is {setting}");
                Err(file_error_with_help(&config, what, "lower `.max_tokens(…)`"))
            }
            (Some(setting), _) => Ok(setting),
            (None, limit) => {
                let length = self.max_tokens.or(limit).unwrap_or(DEFAULT_MAX_TOKENS).min(MAX_TOKENS);
                Ok(limit.map_or(length, |limit| length.min(limit)))
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LengthConfig {
    max_seq_length: Option<usize>,
    model_max_length: Option<f64>,
    do_lower_case: bool,
}
