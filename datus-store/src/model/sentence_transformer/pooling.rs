use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::folder::{file_error_with_help, require_json};
use crate::error::Result;

/// The method that combines the vectors of all tokens of a text into one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pooling {
    /// The vector of the first token, which BERT trains for this purpose.
    Cls,
    /// The mean over the tokens.
    Mean,
    /// The maximum over the tokens, for each component.
    Max,
    /// The sum over the tokens, divided by the square root of their number.
    MeanSqrtLen,
}

impl Pooling {
    const NAMES: [(&str, Self); 4] = [
        ("cls", Self::Cls),
        ("mean", Self::Mean),
        ("max", Self::Max),
        ("mean_sqrt_len_tokens", Self::MeanSqrtLen),
    ];

    /// Reads the `config.json` of a pooling module, as any version of sentence-transformers writes it.
    pub(super) fn read(file: &Path) -> Result<PoolingConfig> {
        let config: RawConfig = require_json(
            file,
            "copy the whole folder of the model, because the pooling module needs this file",
        )?;
        let names = config.modes(file)?;
        let [name] = &names[..] else {
            let what = if names.is_empty() {
                "no pooling is enabled"
            } else {
                "several poolings are enabled, which is not supported"
            };
            return Err(file_error_with_help(
                file,
                what,
                format!("use a model with one of {}", Self::supported()),
            ));
        };
        let pooling =
            Self::NAMES.iter().find(|(supported, _)| supported == name).map(|(_, pooling)| *pooling);
        let Some(pooling) = pooling else {
            let what = format!("the pooling `{name}` is not supported");
            return Err(file_error_with_help(
                file,
                what,
                format!("use a model with one of {}", Self::supported()),
            ));
        };
        Ok(PoolingConfig { pooling, skips_prompt: config.include_prompt == Some(false) })
    }

    fn supported() -> String {
        let names: Vec<String> = Self::NAMES.iter().map(|(name, _)| format!("`{name}`")).collect();
        names.join(", ")
    }

    /// Pools the first `tokens` rows of a text. Each row has `width` values. The remaining rows are padding.
    pub(super) fn pool(self, rows: &[f32], width: usize, tokens: usize) -> Vec<f32> {
        let mut rows = rows.chunks_exact(width.max(1)).take(tokens);
        let Some(first) = rows.next() else { return vec![0.0; width] };
        let mut pooled = first.to_vec();
        let divisor = match self {
            Self::Cls => return pooled,
            Self::Max => {
                rows.for_each(|row| {
                    pooled.iter_mut().zip(row).for_each(|(max, value)| *max = max.max(*value))
                });
                return pooled;
            }
            Self::Mean => tokens as f32,
            Self::MeanSqrtLen => (tokens as f32).sqrt(),
        };
        rows.for_each(|row| pooled.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
        pooled.iter_mut().for_each(|value| *value /= divisor);
        pooled
    }
}

/// The configuration of a pooling module.
#[derive(Debug)]
pub(super) struct PoolingConfig {
    pub(super) pooling: Pooling,
    /// `true` if the tokens of a prefix are skipped.
    pub(super) skips_prompt: bool,
}

/// The `config.json` of a pooling module. Since version 5.3, one key contains the name or a list of names. Older versions
/// have a Boolean key for each pooling method.
#[derive(Deserialize)]
struct RawConfig {
    include_prompt: Option<bool>,
    pooling_mode: Option<Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl RawConfig {
    fn modes(&self, file: &Path) -> Result<Vec<String>> {
        match &self.pooling_mode {
            Some(Value::String(name)) => Ok(vec![name.clone()]),
            Some(Value::Array(names)) => Ok(names
                .iter()
                .map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned))
                .collect()),
            Some(other) => {
                let help = format!("use a model with one of {}", Pooling::supported());
                Err(file_error_with_help(
                    file,
                    format!("`pooling_mode` is {other}, which is not a name"),
                    help,
                ))
            }
            None => Ok(self.flags().collect()),
        }
    }

    fn flags(&self) -> impl Iterator<Item = String> {
        let on = self.rest.iter().filter(|(_, value)| **value == Value::Bool(true));
        on.filter_map(|(key, _)| key.strip_prefix("pooling_mode_")).map(|name| match name {
            "cls_token" => "cls".to_owned(),
            "mean_tokens" => "mean".to_owned(),
            "max_tokens" => "max".to_owned(),
            "weightedmean_tokens" => "weightedmean".to_owned(),
            other => other.to_owned(),
        })
    }
}
