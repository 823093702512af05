use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::folder::{fault, fault_from, require_json};
use super::super::positions::Positions;
use super::activation::Activation;
use crate::error::Result;

/// The members of the family. They differ in names of weights and in how a token's position comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Bert,
    /// RoBERTa, XLM-RoBERTa, CamemBERT: BERT with another head.
    Roberta,
    DistilBert,
    /// With a bias for the distance of two tokens.
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

/// The sizes of a model.
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
    /// How many types of token there are; 0 where the family has none.
    pub(super) token_types: usize,
    pub(super) epsilon: f64,
    pub(super) activation: Activation,
    /// How many distances of tokens are told apart, for `MpNet`.
    pub(super) buckets: usize,
}

/// `config.json` of all but DistilBERT.
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

impl Architecture {
    /// Reads `config.json`. `remedy` says what to do with a model that is not supported.
    ///
    /// # Errors
    /// `Model` when it is missing, or of a model that is not of the family.
    pub(super) fn read(file: &Path, remedy: &str) -> Result<Self> {
        let config: Value = require_json(file, "give the folder of a model, with its `config.json`")?;
        let name = config.get("model_type").and_then(Value::as_str).unwrap_or_default();
        let Some((_, family)) = FAMILIES.iter().find(|(known, _)| *known == name) else {
            return Err(unsupported(file, name, remedy));
        };
        let architecture = match family {
            Family::DistilBert => Self::distilbert(file, &config)?,
            family => Self::bert(file, *family, &config, remedy)?,
        };
        architecture.check(file)?;
        Ok(architecture)
    }

    fn bert(file: &Path, family: Family, config: &Value, remedy: &str) -> Result<Self> {
        let bert: BertConfig = form(file, config)?;
        if let Some(kind) = bert.position_embedding_type.filter(|kind| kind != "absolute") {
            let what =
                format!("position embeddings of type `{kind}` (`position_embedding_type`) are not supported");
            return Err(fault(file, what).with_help(remedy));
        }
        let positions: Positions = form(file, config)?;
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
        let config: DistilBertConfig = form(file, config)?;
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
        if *heads == 0 || hidden % heads != 0 {
            let what = format!("{heads} heads do not divide a hidden size of {hidden}");
            return Err(fault(file, what).with_help("fetch the model again"));
        }
        Ok(())
    }
}

fn form<T: DeserializeOwned>(file: &Path, config: &Value) -> Result<T> {
    T::deserialize(config)
        .map_err(|error| fault_from(file, format!("is not what the model has there: {error}"), error))
}

fn unsupported(file: &Path, name: &str, remedy: &str) -> crate::Error {
    let known: Vec<String> = FAMILIES.iter().map(|(known, _)| format!("`{known}`")).collect();
    let known = known.join(", ");
    let name = crate::model::clipped(name);
    fault(file, format!("the model type `{name}` is not supported by candle here, only {known} are"))
        .with_help(remedy)
}
