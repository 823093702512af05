use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::super::folder::{fault, fault_with, read_json, require_json};
use crate::error::Result;

/// What the number of a cross-encoder is brought to.
///
/// Both give the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scale {
    /// Between 0 and 1, by the logistic function: `1 / (1 + e⁻ˣ)`.
    Sigmoid,
    /// As it is, of any size, negative for most texts that do not match.
    Identity,
}

impl Scale {
    /// The number on this scale.
    pub(crate) fn of(self, logit: f32) -> f32 {
        match self {
            Self::Sigmoid => 1.0 / (1.0 + (-logit).exp()),
            Self::Identity => logit,
        }
    }

    /// The scale of a Python class.
    fn named(file: &Path, key: &str, class: &str) -> Result<Self> {
        // The path of a class has changed between versions; its name has not.
        match class.rsplit('.').next().unwrap_or_default() {
            "Sigmoid" => Ok(Self::Sigmoid),
            "Identity" => Ok(Self::Identity),
            _ => {
                let what = format!("the activation `{class}` (`{key}`) is not supported");
                Err(fault_with(file, what, "only `Sigmoid` and `Identity` are"))
            }
        }
    }
}

/// What the files of a cross-encoder say, as any version of sentence-transformers, or transformers alone, writes them.
#[derive(Debug)]
pub(super) struct Config {
    /// The folder of `config.json`, the tokenizer and the weights: the model's own, or one in it.
    pub(super) transformer: PathBuf,
    pub(super) scale: Scale,
    /// Whether the model is told which of a pair's texts a token is of. It is unless a file says otherwise, and it has
    /// no vectors for that.
    pub(super) types: bool,
}

/// `config.json`.
#[derive(Deserialize)]
struct ModelConfig {
    #[serde(default)]
    architectures: Option<Vec<String>>,
    id2label: Option<HashMap<String, Value>>,
    num_labels: Option<usize>,
    sentence_transformers: Option<ActivationConfig>,
    sbert_ce_default_activation_function: Option<String>,
}

/// A key of `config.json` in versions 4 and 5; `config_sentence_transformers.json` since version 6.
#[derive(Default, Deserialize)]
struct ActivationConfig {
    activation_fn: Option<String>,
    default_prompt_name: Option<String>,
}

/// `tokenizer_config.json`.
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
    /// `Model` when a file is missing or says something that is not supported; it names the file and the key.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let transformer = transformer(folder)?;
        let file = transformer.join("config.json");
        let config: ModelConfig =
            require_json(&file, "give the folder of a cross-encoder, with its `config.json`")?;
        config.check(&file)?;
        let own_file = folder.join("config_sentence_transformers.json");
        let own: ActivationConfig = read_json(&own_file)?.unwrap_or_default();
        if let Some(prompt) = own.default_prompt_name {
            let what = format!("puts the prompt `{prompt}` before texts (`default_prompt_name`)");
            return Err(fault(&own_file, format!("{what}, which is not supported for a cross-encoder")));
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
            // What sentence-transformers does with one label.
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
        let remedy = "give the folder of a cross-encoder, such as `cross-encoder/ms-marco-MiniLM-L6-v2`";
        let classifies = |name: &String| name.ends_with("ForSequenceClassification");
        if let Some(names) = &self.architectures
            && !names.iter().any(classifies)
        {
            let what =
                format!("the model is `{}` (`architectures`), without a classifier", names.join("`, `"));
            return Err(fault_with(file, what, remedy));
        }
        let (key, labels) = match (&self.id2label, self.num_labels) {
            (Some(labels), _) => ("id2label", labels.len()),
            (None, Some(labels)) => ("num_labels", labels),
            // What transformers has where nothing is said.
            (None, None) => ("id2label", 2),
        };
        if labels != 1 {
            let what = format!("the classifier has {labels} labels (`{key}`), and one that ranks has one");
            return Err(fault_with(file, what, remedy));
        }
        Ok(())
    }
}

/// The folder of the transformer, the one module that is supported.
fn transformer(folder: &Path) -> Result<PathBuf> {
    let file = folder.join("modules.json");
    let Some(modules) = read_json::<Vec<Module>>(&file)? else { return Ok(folder.to_owned()) };
    match &modules[..] {
        [only] if class(only) == "Transformer" => Ok(folder.join(&only.path)),
        modules => {
            let names: Vec<String> = modules.iter().map(|module| format!("`{}`", class(module))).collect();
            let what = format!("has the modules {}", names.join(", "));
            Err(fault_with(&file, what, "of a cross-encoder only a `Transformer` is supported"))
        }
    }
}

fn class(module: &Module) -> &str {
    module.class.rsplit('.').next().unwrap_or_default()
}
