//! A model provider.

use std::sync::Arc;

use super::ModelConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::model::EmbeddingModel;
use crate::model::bounds::invalid;

/// The fields that every provider has.
const COMMON: &[&str] = &[
    "dimension",
    "truncate",
    "document_prefix",
    "query_prefix",
    "batch_size",
    "batch_tokens",
    "in_flight",
    "cache",
];

/// A provider, which builds one kind of model.
pub(super) struct Provider {
    pub(super) name: &'static str,
    /// The cargo feature that it needs, or an empty string.
    pub(super) feature: &'static str,
    /// The fields that it has in addition to the common ones.
    pub(super) fields: &'static [&'static str],
    /// The function that builds the model, or `None` if the feature is disabled.
    pub(super) build: Option<Build>,
}

pub(super) type Build = fn(&ModelConfig) -> Result<Arc<dyn EmbeddingModel>>;

impl Provider {
    /// Checks that every field that is set belongs to the provider.
    pub(super) fn check_fields(&self, config: &ModelConfig) -> Result<()> {
        let has = |field: &str| COMMON.contains(&field) || self.fields.contains(&field);
        let Some(unknown) = fields_set(config).into_iter().find(|&field| !has(field)) else { return Ok(()) };
        let fields: Vec<String> =
            COMMON.iter().chain(self.fields).map(|field| format!("`{field}`")).collect();
        let message = format!("the provider `{}` has no field `{unknown}`", self.name);
        Err(invalid(message).with_help(format!("remove it; its fields are {}", fields.join(", "))))
    }

    pub(super) fn build(&self, config: &ModelConfig) -> Result<Arc<dyn EmbeddingModel>> {
        let Self { name, feature, fields: _, build } = self;
        let build = build.ok_or_else(|| {
            let message = format!("the provider `{name}` is not enabled in this build");
            let help = format!("enable the feature `{feature}` of the dependency `datus-store`");
            Error::new(ErrorKind::Unsupported, message).with_help(help)
        })?;
        build(config)
    }
}

/// Returns the names of the fields that are set, except `provider`.
pub(super) fn fields_set(config: &ModelConfig) -> Vec<&'static str> {
    let ModelConfig {
        provider: _,
        model,
        revision,
        dimension,
        send_dimension,
        truncate,
        normalized,
        document_prefix,
        query_prefix,
        batch_size,
        batch_tokens,
        in_flight,
        cache,
        base_url,
        api_key_env,
        api_key_header,
        requests_per_minute,
        tokens_per_minute,
        timeout_seconds,
        retry_seconds,
        sends_text_away,
        allow_plaintext_key,
        path,
        max_tokens,
        device,
        onnx_file,
        onnx_library,
        threads,
        headers,
    } = config;
    [
        ("model", model.is_some()),
        ("revision", revision.is_some()),
        ("dimension", dimension.is_some()),
        ("send_dimension", send_dimension.is_some()),
        ("truncate", truncate.is_some()),
        ("normalized", normalized.is_some()),
        ("document_prefix", document_prefix.is_some()),
        ("query_prefix", query_prefix.is_some()),
        ("batch_size", batch_size.is_some()),
        ("batch_tokens", batch_tokens.is_some()),
        ("in_flight", in_flight.is_some()),
        ("cache", cache.is_some()),
        ("base_url", base_url.is_some()),
        ("api_key_env", api_key_env.is_some()),
        ("api_key_header", api_key_header.is_some()),
        ("requests_per_minute", requests_per_minute.is_some()),
        ("tokens_per_minute", tokens_per_minute.is_some()),
        ("timeout_seconds", timeout_seconds.is_some()),
        ("retry_seconds", retry_seconds.is_some()),
        ("sends_text_away", sends_text_away.is_some()),
        ("allow_plaintext_key", allow_plaintext_key.is_some()),
        ("path", path.is_some()),
        ("max_tokens", max_tokens.is_some()),
        ("device", device.is_some()),
        ("onnx_file", onnx_file.is_some()),
        ("onnx_library", onnx_library.is_some()),
        ("threads", threads.is_some()),
        ("headers", headers.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, is_set)| is_set.then_some(name))
    .collect()
}
