use std::path::Path;

use serde::Deserialize;

use super::folder::{fault_with, read_json};
use super::positions::Positions;
use crate::error::Result;
use crate::model::bounds::{MAX_TOKENS, check_positive};

/// The length of a text where no file of the model says it: BERT's.
const DEFAULT_MAX_TOKENS: usize = 512;

/// What the files of a model's folder say about how text becomes tokens, beside the tokenizer itself.
#[derive(Debug, Default)]
pub(super) struct Length {
    /// The most tokens that the model was made for, where a file says.
    max_tokens: Option<usize>,
    pub(super) lower_case: bool,
}

impl Length {
    /// Reads a folder. Older versions write the length into `sentence_bert_config.json`, newer ones into
    /// `tokenizer_config.json`.
    ///
    /// # Errors
    /// `Model` when a file cannot be read.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let sentence: LengthConfig =
            read_json(&folder.join("sentence_bert_config.json"))?.unwrap_or_default();
        let tokenizer: LengthConfig = read_json(&folder.join("tokenizer_config.json"))?.unwrap_or_default();
        // A tokenizer without a limit says 10³⁰.
        let limit = tokenizer.model_max_length.filter(|&length| (1.0..1e9).contains(&length));
        let max_tokens = sentence.max_seq_length.or(limit.map(|length| length as usize));
        Ok(Self { max_tokens, lower_case: sentence.do_lower_case })
    }

    /// How many tokens are used: what the caller wants, or else what the files say, as far as there are positions.
    ///
    /// # Errors
    /// `Model` when the caller wants more than the model has positions for, `InvalidInput` for more than any model has.
    pub(super) fn tokens(&self, folder: &Path, wanted: Option<usize>) -> Result<usize> {
        let config = folder.join("config.json");
        let limit = read_json::<Positions>(&config)?.unwrap_or_default().limit();
        wanted.map_or(Ok(()), |wanted| check_positive("max_tokens", wanted, MAX_TOKENS))?;
        match (wanted, limit) {
            (Some(wanted), Some(limit)) if wanted > limit => {
                let what = format!("the model has positions for {limit} tokens, not for {wanted}");
                Err(fault_with(&config, what, "give less to `.max_tokens(…)`"))
            }
            (Some(wanted), _) => Ok(wanted),
            (None, limit) => {
                let wanted = self.max_tokens.or(limit).unwrap_or(DEFAULT_MAX_TOKENS).min(MAX_TOKENS);
                Ok(limit.map_or(wanted, |limit| wanted.min(limit)))
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
