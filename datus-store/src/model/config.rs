mod fields;
mod hashing;
mod numbers;
mod openai;
mod provider;
mod providers;
mod sentence_transformer;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{BatchLimits, EmbeddingModel, EmbeddingModelExt, variable};
use crate::error::Result;

/// The configuration of a model, which serde can read from TOML, YAML, JSON or any other format.
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
/// Only `provider` is always required. Each provider has its own fields, listed below. An unknown field, or a field that
/// belongs to another provider, is an error.
///
/// ```
/// use datus_store::model::{EmbeddingModel, ModelConfig};
///
/// # // serde's own map deserializer, because no parser is among the dependencies.
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
/// | field | providers | description |
/// |---|---|---|
/// | `provider` | | `hashing` for [`HashingModel`](super::HashingModel); `openai` for any OpenAI-compatible endpoint; `native`, `candle` or `onnx` for local sentence transformers. All except `hashing` need the cargo feature of the same name |
/// | `model` | `openai`, `native`, `candle`, `onnx` | name of the model, required for `openai`; without `path`, its name on the hub (needs the `hub` feature) |
/// | `path` | `native`, `candle`, `onnx` | folder of the model |
/// | `max_tokens` | `native`, `candle`, `onnx` | number of tokens at which a text is truncated |
/// | `device` | `candle` | `cpu`, `cuda:0`, `metal:0` |
/// | `onnx_file`, `onnx_library`, `threads` | `onnx` | graph file in the folder, shared library, number of threads |
/// | `dimension` | all | number of values in a vector; required for `openai` unless the model is known |
/// | `truncate` | all | keeps this many values of each vector; see [`truncated`](EmbeddingModelExt::truncated) |
/// | `cache` | all | caches the vectors of this many queries; see [`cached`](EmbeddingModelExt::cached) |
/// | `batch_size`, `batch_tokens` | all | maximum numbers of texts and tokens in one call |
/// | `in_flight` | all | maximum number of concurrent calls |
/// | `document_prefix`, `query_prefix` | all | prefix of each document and each query |
/// | `revision`, `normalized` | `openai`, `native`, `candle`, `onnx` | as in the builders |
/// | `send_dimension` | `openai` | as in the builder |
/// | `base_url`, `headers` | `openai` | URL of the endpoint, and additional headers, which must not be secret |
/// | `api_key_env`, `api_key_header` | `openai` | environment variable that holds the key, or `""` for no key; header that carries the key |
/// | `requests_per_minute`, `tokens_per_minute` | `openai` | rate limit |
/// | `timeout_seconds`, `retry_seconds` | `openai` | time limit for one request, and for all its retries |
/// | `sends_text_away` | `openai` | `true` if texts leave the machine, for hosts where this is not evident |
/// | `allow_plaintext_key` | `openai` | `true` to allow sending the key to another machine over plain `http://` |
///
/// Numbers have limits, so that a configuration from an untrusted source cannot crash the process. A vector has at most
/// 65,536 values, a call 65,536 texts, and a cache 10,000,000 queries; at most 1,024 calls run at once, and a duration is
/// at most one day. The error for an out-of-range number names the field, the value and the range.
///
/// **Do not put API keys in configuration**, which ends up in repositories and logs. There is no field for a key, only for
/// the name of the environment variable that holds it. Headers whose names suggest a secret are rejected.
#[derive(Clone, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct ModelConfig {
    /// The provider: `hashing`, `openai`, `native`, `candle` or `onnx`.
    pub provider: String,
    /// The name of the model at the endpoint or on the hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The revision in the model's identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The number of values in a vector. The default is 1,024 for `hashing`, and, for OpenAI's own models, the model's
    /// full dimension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimension: Option<usize>,
    /// `true` to request vectors of this dimension from the endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_dimension: Option<bool>,
    /// The number of values to keep from each vector, which is then scaled to unit length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
    /// `true` to scale the vectors to unit length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalized: Option<bool>,
    /// The prefix of each document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_prefix: Option<String>,
    /// The prefix of each query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_prefix: Option<String>,
    /// The maximum number of texts in one call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<usize>,
    /// The maximum number of tokens in one call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_tokens: Option<usize>,
    /// The maximum number of concurrent calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<usize>,
    /// The number of queries whose vectors are cached. By default, there is no cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<usize>,
    /// The base URL of the endpoint. Requests go to this URL followed by `/embeddings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The name of the environment variable that holds the API key, or an empty string to send no key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_env: Option<String>,
    /// The header that carries the bare API key, instead of `Authorization: Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_header: Option<String>,
    /// The maximum number of requests per minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
    /// The maximum number of tokens per minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<u32>,
    /// The time limit for one request, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<f64>,
    /// The time limit for a request with all its retries, in seconds. 0 disables retries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_seconds: Option<f64>,
    /// `true` if texts leave the machine. Set it if this cannot be determined from the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sends_text_away: Option<bool>,
    /// `true` to allow sending the API key unencrypted to another machine, if `base_url` starts with `http://`. By
    /// default, this is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_plaintext_key: Option<bool>,
    /// The folder of a local model, or `None` to fetch `model` from the hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The number of tokens at which a text is truncated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<usize>,
    /// The device that candle runs on, such as `cpu` (the default), `cuda:0` or `metal:0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The ONNX graph file, relative to the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onnx_file: Option<String>,
    /// The ONNX Runtime shared library, or the folder that contains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onnx_library: Option<String>,
    /// The number of threads for an ONNX Runtime call. By default, a call uses all cores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// Headers added to every request. They must not be secret.
    // This field is last, because TOML requires plain values before tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
}

impl ModelConfig {
    /// Creates a configuration with the given provider and no other field set.
    pub fn new(provider: impl Into<String>) -> Self {
        Self { provider: provider.into(), ..Self::default() }
    }

    /// Builds the model.
    ///
    /// Every problem that can be detected without a server is reported here, immediately and without retries.
    ///
    /// For `hashing` and `openai`, this takes microseconds and sends no request. A server that is down is not detected
    /// until `embed` is called. For `native`, `candle` and `onnx`, this reads the weights, which takes a tenth of a second for
    /// 100 MB, and downloads files that are missing from the local hub cache.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if the provider is unknown, if a field does not belong to the provider, or if a value is
    /// missing, invalid or out of range. Fails with `Unsupported` if the provider needs a cargo feature that is disabled.
    /// Also fails with the same errors as the model's builder.
    pub fn build(&self) -> Result<Arc<dyn EmbeddingModel>> {
        let provider = providers::find(&self.provider)?;
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

    /// Overrides the model's limits with those in the configuration.
    fn limits(&self, limits: BatchLimits) -> BatchLimits {
        limits
            .with_texts(self.batch_size.unwrap_or(limits.texts))
            .with_tokens(self.batch_tokens.unwrap_or(limits.tokens))
            .with_in_flight(self.in_flight.unwrap_or(limits.in_flight))
    }

    /// Adds the configured limits and prefixes to a model whose builder has no settings for them.
    fn wrap(&self, model: impl EmbeddingModel + 'static) -> Result<Arc<dyn EmbeddingModel>> {
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

impl fmt::Debug for ModelConfig {
    /// Lists the fields that are set. It does not print the URL, the headers, or a variable name that may be a secret.
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
            fields.field("api_key_env", &variable::redacted(variable));
        }
        fields.field("set", &provider::fields_set(self)).finish_non_exhaustive()
    }
}
