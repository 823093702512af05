mod fields;
mod hashing;
mod numbers;
mod openai;
mod provider;
mod sentence_transformer;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{BatchLimits, EmbeddingModel, EmbeddingModelExt, variable};
use crate::error::{Error, ErrorKind, Result};

/// A model as configuration: a serde value, read from TOML, YAML, JSON or any other format, that builds a model.
///
/// ```toml
/// [embedding]
/// provider = "openai"
/// model = "text-embedding-3-small"
/// dimension = 512
/// api_key_env = "OPENAI_API_KEY"
/// batch_size = 256
/// requests_per_minute = 3000
/// cache = 1000
/// ```
///
/// Only `provider` is always needed. Each provider has its own fields, listed below; a field that it does not have, or
/// that no provider has, is an error and never ignored.
///
/// ```
/// use datus_store::model::{EmbeddingModel, ModelConfig};
///
/// # // Without a parser among the library's dependencies: serde's own deserializer of a map.
/// # use serde::Deserialize;
/// # use serde::de::value::{Error, MapDeserializer};
/// # let fields = [("provider", "hashing")];
/// # let deserializer = MapDeserializer::<_, Error>::new(fields.into_iter());
/// // provider = "hashing"
/// let config = ModelConfig::deserialize(deserializer)?;
/// let model = config.build()?;
/// assert_eq!(model.identity().id, "datus/hashing");
/// # Ok::<(), datus_store::BoxError>(())
/// ```
///
/// | field | providers | what it is |
/// |---|---|---|
/// | `provider` | | `hashing`, [`HashingModel`](super::HashingModel); `openai`, any OpenAI-compatible endpoint; `candle` and `onnx`, local sentence transformers; each with the cargo feature of its name |
/// | `model` | `openai`, `candle`, `onnx` | the model's name, needed for `openai`; that of the hub, with the feature `hub` and without `path` |
/// | `path` | `candle`, `onnx` | the folder of the model |
/// | `max_tokens` | `candle`, `onnx` | how many tokens of a text are embedded |
/// | `device` | `candle` | `cpu`, `cuda:0`, `metal:0` |
/// | `onnx_file`, `onnx_library`, `threads` | `onnx` | the graph in the folder, the shared library, how many cores |
/// | `dimension` | all | the values of a vector; needed for models that are not known |
/// | `truncate` | all | keeps so many values of each vector, see [`truncated`](EmbeddingModelExt::truncated) |
/// | `cache` | all | keeps the vectors of so many queries, see [`cached`](EmbeddingModelExt::cached) |
/// | `batch_size`, `batch_tokens` | all | the most texts and tokens of a call |
/// | `in_flight` | all | the most calls at once |
/// | `document_prefix`, `query_prefix` | all | what is put before each text |
/// | `revision`, `normalized` | `openai`, `candle`, `onnx` | as in the builders |
/// | `send_dimension` | `openai` | as in the builder |
/// | `base_url`, `headers` | `openai` | where requests go, and headers to send that are no secrets |
/// | `api_key_env`, `api_key_header` | `openai` | the environment variable that holds the key, `""` for no key; the header that it is sent in |
/// | `requests_per_minute`, `tokens_per_minute` | `openai` | the rate limit |
/// | `timeout_seconds`, `retry_seconds` | `openai` | the time of one request, and of all its tries |
/// | `sends_text_away` | `openai` | `true` if texts leave the machine, where the host does not tell |
/// | `allow_plaintext_key` | `openai` | `true` to send the key to another machine over plain `http://`, which is refused otherwise |
///
/// Numbers have bounds, so that a configuration from outside cannot end the process: a vector has at most 65,536 values, a
/// call 65,536 texts, a cache 10,000,000 queries; at most 1,024 calls run at once, and a time is at most a day. A number
/// outside is an error that names the field, the value and the bounds.
///
/// **Keys do not belong in configuration**, which ends in repositories and logs: there is no field for one, only for the
/// name of the environment variable that holds it. Headers named like credentials are refused.
#[derive(Clone, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct ModelConfig {
    /// Which kind of model: `hashing`, `openai`, `candle` or `onnx`.
    pub provider: String,
    /// The model's name, as the endpoint knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The revision in the model's identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// How many values a vector has. 1,024 by default for `hashing`; known for the models of OpenAI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimension: Option<usize>,
    /// Whether the endpoint is asked for vectors of this dimension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_dimension: Option<bool>,
    /// How many values are kept of each vector, which is then scaled to length one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
    /// Whether vectors have length one, and are scaled to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalized: Option<bool>,
    /// What is put before each document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_prefix: Option<String>,
    /// What is put before each query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_prefix: Option<String>,
    /// The most texts of a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<usize>,
    /// The most tokens of a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_tokens: Option<usize>,
    /// The most calls at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<usize>,
    /// How many different queries are kept with their vectors. None by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<usize>,
    /// The URL that `/embeddings` is added to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The name of the environment variable that holds the key; empty where no key is to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_env: Option<String>,
    /// The header that holds only the key, in place of `Authorization: Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_header: Option<String>,
    /// The most requests in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
    /// The most tokens in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<u32>,
    /// How long one request may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<f64>,
    /// How long a request is tried again, from its first try on; 0 for one try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_seconds: Option<f64>,
    /// `true` if texts leave the machine, where the host does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sends_text_away: Option<bool>,
    /// `true` to send the key unencrypted, to a `base_url` of another machine that begins with `http://`. Refused by
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_plaintext_key: Option<bool>,
    /// The folder of a local model; without it `model` is fetched from the hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many tokens of a text are embedded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<usize>,
    /// Where candle runs: `cpu` by default, `cuda:0`, `metal:0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The file of the ONNX graph, relative to the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onnx_file: Option<String>,
    /// The shared library of ONNX Runtime, or the folder that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onnx_library: Option<String>,
    /// How many threads a call of ONNX Runtime uses; all cores by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// Headers of every request; none of them a secret.
    // Last: TOML has values before tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
}

impl ModelConfig {
    /// Begins the configuration of a provider, with no other field set.
    pub fn new(provider: impl Into<String>) -> Self {
        Self { provider: provider.into(), ..Self::default() }
    }

    /// Builds the model.
    ///
    /// All that can fail without asking a server fails here, at once and each time with the same error: nothing is tried
    /// again, and no half-made model is handed out that would fail later. For `hashing` and `openai` it costs
    /// microseconds and sends nothing; a server that is down is found by the first call of `embed`, and by each one
    /// after it. For `candle` and `onnx` it reads the weights, a tenth of a second for 100 MB, and fetches what the hub has
    /// and the cache has not.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown provider, which lists those compiled in, a field that the provider does not have, a
    /// field that is missing, or a value that can't be used or is out of bounds. `Unsupported` for a provider that needs a cargo feature which
    /// is off. Those of the provider's own builder.
    pub fn build(&self) -> Result<Arc<dyn EmbeddingModel>> {
        let provider = provider::find(&self.provider)?;
        provider.check_fields(self)?;
        self.check_numbers()?;
        let mut model = provider.build(self)?;
        if let Some(dimension) = self.truncate {
            model = Arc::new(model.truncated(dimension)?);
        }
        if let Some(capacity) = self.cache {
            model = Arc::new(model.cached(capacity));
        }
        Ok(model)
    }

    /// The limits that the configuration sets, on top of those of the model.
    fn limits(&self, limits: BatchLimits) -> BatchLimits {
        limits
            .with_texts(self.batch_size.unwrap_or(limits.texts))
            .with_tokens(self.batch_tokens.unwrap_or(limits.tokens))
            .with_in_flight(self.in_flight.unwrap_or(limits.in_flight))
    }

    /// Puts around a model what the configuration says of limits and prefixes, for models that have none of their own.
    fn around(&self, model: impl EmbeddingModel + 'static) -> Result<Arc<dyn EmbeddingModel>> {
        let limits = self.limits(model.limits());
        let model = model.with_limits(limits);
        if self.document_prefix.is_none() && self.query_prefix.is_none() {
            return Ok(Arc::new(model));
        }
        let (document, query) = self.prefixes();
        Ok(Arc::new(model.with_prefixes(document, query)?))
    }

    fn prefixes(&self) -> (String, String) {
        (self.document_prefix.clone().unwrap_or_default(), self.query_prefix.clone().unwrap_or_default())
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

impl fmt::Debug for ModelConfig {
    /// The fields that are set; of the URL, the headers and the name of the variable nothing that may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("ModelConfig");
        fields.field("provider", &self.provider);
        if let Some(model) = &self.model {
            fields.field("model", model);
        }
        if let Some(dimension) = &self.dimension {
            fields.field("dimension", dimension);
        }
        if let Some(variable) = &self.api_key_env {
            fields.field("api_key_env", &variable::shown(variable));
        }
        fields.field("set", &provider::fields_set(self)).finish_non_exhaustive()
    }
}
