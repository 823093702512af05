//! The settings of a network, from its `config.json`.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::folder::{DAMAGED_HELP, file_error_from, file_error_with_help, require_json};
use super::positions::Positions;
use crate::error::Result;

/// A family of models. The families differ in the names of weights, in how positions are encoded, and in the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Bert,
    /// RoBERTa, XLM-RoBERTa and CamemBERT, which are BERT with shifted positions and a different head.
    Roberta,
    DistilBert,
    /// MPNet, which adds a bias for the distance between two tokens.
    MpNet,
}

const FAMILIES: [(&str, Family); 6] = [
    ("bert", Family::Bert),
    ("camembert", Family::Roberta),
    ("distilbert", Family::DistilBert),
    ("mpnet", Family::MpNet),
    ("roberta", Family::Roberta),
    ("xlm-roberta", Family::Roberta),
];

/// The activation function between the two layers of a feed-forward network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    /// `x · Φ(x)`.
    Gelu,
    /// The tanh approximation of GELU.
    GeluTanh,
    Relu,
}

/// The sizes and settings of a model.
#[derive(Debug)]
pub(super) struct Architecture {
    pub(super) family: Family,
    pub(super) vocabulary: usize,
    pub(super) hidden: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) intermediate: usize,
    pub(super) positions: usize,
    /// The position of the first token.
    pub(super) first_position: usize,
    /// The number of token types, or 0 if the family does not use them.
    pub(super) token_types: usize,
    pub(super) epsilon: f64,
    pub(super) activation: Activation,
    /// The number of buckets for distances between tokens, for `MpNet`.
    pub(super) buckets: usize,
}

/// The content of `config.json` for all families except DistilBERT.
#[derive(Deserialize)]
struct BertConfig {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    #[serde(default)]
    type_vocab_size: usize,
    #[serde(default = "default_epsilon")]
    layer_norm_eps: f64,
    hidden_act: String,
    #[serde(default = "default_buckets")]
    relative_attention_num_buckets: usize,
    position_embedding_type: Option<String>,
}

#[derive(Deserialize)]
struct DistilBertConfig {
    vocab_size: usize,
    dim: usize,
    n_layers: usize,
    n_heads: usize,
    hidden_dim: usize,
    max_position_embeddings: usize,
    activation: String,
}

fn default_epsilon() -> f64 {
    1e-12
}

fn default_buckets() -> usize {
    32
}

impl Activation {
    fn named(file: &Path, name: &str) -> Result<Self> {
        match name {
            "gelu" | "gelu_python" => Ok(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Self::GeluTanh),
            "relu" => Ok(Self::Relu),
            other => {
                let help = "use a model with `gelu`, `gelu_new`, `gelu_fast` or `relu`";
                Err(file_error_with_help(file, format!("the activation `{other}` is not supported"), help))
            }
        }
    }
}

impl Architecture {
    /// Reads `config.json`. `help` is the help for models that are not supported.
    ///
    /// # Errors
    /// Fails with `Model` if the file is missing, or if the model type is not supported.
    pub(super) fn read(file: &Path, help: &str) -> Result<Self> {
        let config: Value = require_json(file, "use the folder of a model with its `config.json`")?;
        let name = config.get("model_type").and_then(Value::as_str).unwrap_or_default();
        let Some((_, family)) = FAMILIES.iter().find(|(model_type, _)| *model_type == name) else {
            return Err(unsupported(file, name, help));
        };
        let architecture = match family {
            Family::DistilBert => Self::distilbert(file, &config)?,
            family => Self::bert(file, *family, &config, help)?,
        };
        architecture.check(file)?;
        Ok(architecture)
    }

    fn bert(file: &Path, family: Family, config: &Value, help: &str) -> Result<Self> {
        let bert: BertConfig = deserialize(file, config)?;
        if let Some(kind) = bert.position_embedding_type.filter(|kind| kind != "absolute") {
            let what =
                format!("position embeddings of type `{kind}` (`position_embedding_type`) are not supported");
            return Err(file_error_with_help(file, what, help));
        }
        let positions: Positions = deserialize(file, config)?;
        Ok(Self {
            family,
            vocabulary: bert.vocab_size,
            hidden: bert.hidden_size,
            layers: bert.num_hidden_layers,
            heads: bert.num_attention_heads,
            intermediate: bert.intermediate_size,
            positions: bert.max_position_embeddings,
            first_position: positions.first(),
            token_types: if family == Family::MpNet { 0 } else { bert.type_vocab_size },
            epsilon: bert.layer_norm_eps,
            activation: Activation::named(file, &bert.hidden_act)?,
            buckets: bert.relative_attention_num_buckets,
        })
    }

    fn distilbert(file: &Path, config: &Value) -> Result<Self> {
        let config: DistilBertConfig = deserialize(file, config)?;
        Ok(Self {
            family: Family::DistilBert,
            vocabulary: config.vocab_size,
            hidden: config.dim,
            layers: config.n_layers,
            heads: config.n_heads,
            intermediate: config.hidden_dim,
            positions: config.max_position_embeddings,
            first_position: 0,
            token_types: 0,
            epsilon: default_epsilon(),
            activation: Activation::named(file, &config.activation)?,
            buckets: 0,
        })
    }

    fn check(&self, file: &Path) -> Result<()> {
        let Self { hidden, heads, .. } = self;
        if *heads == 0 || *hidden == 0 || hidden % heads != 0 {
            let what = format!("the hidden size {hidden} is not a multiple of the {heads} attention heads");
            return Err(file_error_with_help(file, what, "download the model again"));
        }
        Ok(())
    }
}

fn deserialize<T: DeserializeOwned>(file: &Path, config: &Value) -> Result<T> {
    T::deserialize(config).map_err(|error| {
        file_error_from(file, format!("cannot be deserialized: {error}"), error).with_help(DAMAGED_HELP)
    })
}

fn unsupported(file: &Path, name: &str, help: &str) -> crate::Error {
    let supported: Vec<String> = FAMILIES.iter().map(|(name, _)| format!("`{name}`")).collect();
    let supported = supported.join(", ");
    let name = crate::model::clipped(name);
    file_error_with_help(
        file,
        format!("only the model types {supported} are supported, and not `{name}`"),
        help,
    )
}
