use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::super::folder::{file_error_with_help, read_json, require_json};
use crate::error::Result;

/// The scale of a cross-encoder's scores.
///
/// Both scales result in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scale {
    /// Between 0 and 1, computed with the logistic function `1 / (1 + e⁻ˣ)`.
    Sigmoid,
    /// The unscaled output of the model. It is unbounded, and is negative for most texts that do not match.
    Identity,
}

impl Scale {
    /// Converts the output of the model to this scale.
    pub(crate) fn of(self, logit: f32) -> f32 {
        match self {
            Self::Sigmoid => 1.0 / (1.0 + (-logit).exp()),
            Self::Identity => logit,
        }
    }

    /// Returns the scale that corresponds to a Python class.
    fn named(file: &Path, key: &str, class: &str) -> Result<Self> {
        // The path of a class has changed between versions, but its name has not.
        match class.rsplit('.').next().unwrap_or_default() {
            "Sigmoid" => Ok(Self::Sigmoid),
            "Identity" => Ok(Self::Identity),
            _ => {
                let what = format!("the activation `{class}` (`{key}`) is not supported");
                Err(file_error_with_help(file, what, "use a model with `Sigmoid` or `Identity`"))
            }
        }
    }
}

/// The configuration of a cross-encoder, as saved by any version of sentence-transformers or transformers.
#[derive(Debug)]
pub(super) struct Config {
    /// The folder that contains `config.json`, the tokenizer and the weights: the model's folder, or a subfolder.
    pub(super) transformer: PathBuf,
    pub(super) scale: Scale,
    /// `true` if the model uses the token types, which distinguish the two texts of a pair. It is `false` only if
    /// `tokenizer_config.json` does not list them as an input.
    pub(super) types: bool,
}

/// The content of `config.json`.
#[derive(Deserialize)]
struct ModelConfig {
    #[serde(default)]
    architectures: Option<Vec<String>>,
    id2label: Option<HashMap<String, Value>>,
    num_labels: Option<usize>,
    sentence_transformers: Option<ActivationConfig>,
    sbert_ce_default_activation_function: Option<String>,
}

/// The value of a key in `config.json` in versions 4 and 5 of sentence-transformers, and of
/// `config_sentence_transformers.json` since version 6.
#[derive(Default, Deserialize)]
struct ActivationConfig {
    activation_fn: Option<String>,
    default_prompt_name: Option<String>,
}

/// The content of `tokenizer_config.json`.
#[derive(Default, Deserialize)]
struct TokenizerConfig {
    model_input_names: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    class: String,
}

impl Config {
    /// Reads a folder.
    ///
    /// # Errors
    /// Fails with `Model` if a file is missing or requires something that is not supported. The error names the file and
    /// the key.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let transformer = transformer(folder)?;
        let file = transformer.join("config.json");
        let config: ModelConfig =
            require_json(&file, "use the folder of a cross-encoder with its `config.json`")?;
        config.check(&file)?;
        let own_file = folder.join("config_sentence_transformers.json");
        let own: ActivationConfig = read_json(&own_file)?.unwrap_or_default();
        if let Some(prompt) = own.default_prompt_name {
            let what =
                format!("the prompt `{prompt}` (`default_prompt_name`) is not supported for a cross-encoder");
            return Err(file_error_with_help(&own_file, what, "use a cross-encoder without a prompt"));
        }
        let versions = [
            (&own_file, "activation_fn", own.activation_fn),
            (
                &file,
                "sentence_transformers.activation_fn",
                config.sentence_transformers.and_then(|config| config.activation_fn),
            ),
            (&file, "sbert_ce_default_activation_function", config.sbert_ce_default_activation_function),
        ];
        let named = versions.into_iter().find_map(|(file, key, class)| Some((file, key, class?)));
        let scale = match named {
            Some((file, key, class)) => Scale::named(file, key, &class)?,
            // The default of sentence-transformers for one label.
            None => Scale::Sigmoid,
        };
        let tokenizer: TokenizerConfig =
            read_json(&transformer.join("tokenizer_config.json"))?.unwrap_or_default();
        let types =
            tokenizer.model_input_names.is_none_or(|names| names.iter().any(|name| name == "token_type_ids"));
        Ok(Self { transformer, scale, types })
    }
}

impl ModelConfig {
    fn check(&self, file: &Path) -> Result<()> {
        let help = "use the folder of a cross-encoder, such as `cross-encoder/ms-marco-MiniLM-L6-v2`";
        let classifies = |name: &String| name.ends_with("ForSequenceClassification");
        if let Some(names) = &self.architectures
            && !names.iter().any(classifies)
        {
            let names = names.join("`, `");
            let what = format!("the architecture `{names}` (`architectures`) does not have a classifier");
            return Err(file_error_with_help(file, what, help));
        }
        let (key, labels) = match (&self.id2label, self.num_labels) {
            (Some(labels), _) => ("id2label", labels.len()),
            (None, Some(labels)) => ("num_labels", labels),
            // The default of transformers.
            (None, None) => ("id2label", 2),
        };
        if labels != 1 {
            let what =
                format!("the classifier has {labels} labels (`{key}`), but only one label is supported");
            return Err(file_error_with_help(file, what, help));
        }
        Ok(())
    }
}

/// Returns the folder of the transformer, which is the only supported module.
fn transformer(folder: &Path) -> Result<PathBuf> {
    let file = folder.join("modules.json");
    let Some(modules) = read_json::<Vec<Module>>(&file)? else { return Ok(folder.to_owned()) };
    match &modules[..] {
        [only] if class(only) == "Transformer" => Ok(folder.join(&only.path)),
        modules => {
            let names: Vec<String> = modules.iter().map(|module| format!("`{}`", class(module))).collect();
            let what = format!("the modules {} are not supported for a cross-encoder", names.join(", "));
            Err(file_error_with_help(&file, what, "use a cross-encoder with only a `Transformer`"))
        }
    }
}

fn class(module: &Module) -> &str {
    module.class.rsplit('.').next().unwrap_or_default()
}
