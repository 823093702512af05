use super::provider::Provider;

pub(super) const PROVIDER: Provider = Provider {
    name: "openai",
    feature: "openai",
    fields: &[
        "model",
        "revision",
        "send_dimension",
        "normalized",
        "base_url",
        "api_key_env",
        "api_key_header",
        "headers",
        "requests_per_minute",
        "tokens_per_minute",
        "timeout_seconds",
        "retry_seconds",
        "sends_text_away",
        "allow_plaintext_key",
    ],
    #[cfg(feature = "openai")]
    build: Some(endpoint::build),
    #[cfg(not(feature = "openai"))]
    build: None,
};

#[cfg(feature = "openai")]
mod endpoint {
    use std::sync::Arc;

    use super::super::ModelConfig;
    use super::super::numbers::seconds;
    use crate::error::Result;
    use crate::model::bounds::invalid;
    use crate::model::http::key::is_credential;
    use crate::model::{EmbeddingModel, OpenAiBuilder, OpenAiModel, clipped};

    pub(super) fn build(config: &ModelConfig) -> Result<Arc<dyn EmbeddingModel>> {
        let model = config.model.as_deref().ok_or_else(|| {
            invalid("the provider `openai` needs the field `model`")
                .with_help("set it to the name of the model at the endpoint")
        })?;
        let (document, query) = config.prefixes();
        let mut builder = OpenAiModel::builder(model).prefixes(document, query);
        builder = set_if_some(builder, &config.base_url, OpenAiBuilder::base_url);
        builder = set_if_some(builder, &config.revision, OpenAiBuilder::revision);
        builder = set_if_some(builder, &config.dimension, OpenAiBuilder::dimension);
        builder = set_if_some(builder, &config.send_dimension, OpenAiBuilder::send_dimension);
        builder = set_if_some(builder, &config.normalized, OpenAiBuilder::normalized);
        builder = set_if_some(builder, &config.batch_size, OpenAiBuilder::batch_texts);
        builder = set_if_some(builder, &config.batch_tokens, OpenAiBuilder::batch_tokens);
        builder = set_if_some(builder, &config.in_flight, OpenAiBuilder::in_flight);
        builder = set_if_some(builder, &config.requests_per_minute, OpenAiBuilder::requests_per_minute);
        builder = set_if_some(builder, &config.tokens_per_minute, OpenAiBuilder::tokens_per_minute);
        builder = set_if_some(builder, &config.sends_text_away, OpenAiBuilder::sends_text_away);
        builder = set_if_some(
            builder,
            &seconds("timeout_seconds", config.timeout_seconds)?,
            OpenAiBuilder::timeout,
        );
        builder =
            set_if_some(builder, &seconds("retry_seconds", config.retry_seconds)?, OpenAiBuilder::retry_for);
        builder = set_if_some(builder, &config.api_key_header, OpenAiBuilder::api_key_header);
        builder = match config.api_key_env.as_deref() {
            Some("") => builder.without_api_key(),
            Some(variable) => builder.api_key_env(variable),
            None => builder,
        };
        if config.allow_plaintext_key == Some(true) {
            builder = builder.allow_plaintext_key();
        }
        for (name, value) in config.headers.iter().flatten() {
            builder = builder.header(check_not_credential(name)?, value);
        }
        Ok(Arc::new(builder.build()?))
    }

    /// Calls the setter if the value is configured.
    fn set_if_some<T: Clone>(
        builder: OpenAiBuilder,
        value: &Option<T>,
        set: impl FnOnce(OpenAiBuilder, T) -> OpenAiBuilder,
    ) -> OpenAiBuilder {
        match value {
            Some(value) => set(builder, value.clone()),
            None => builder,
        }
    }

    /// Rejects a header whose name shows that it carries a secret.
    fn check_not_credential(name: &str) -> Result<&str> {
        if is_credential(name) {
            let name = clipped(name);
            let message =
                format!("the header `{name}` carries a secret, but a configuration must not contain secrets");
            let help = "put the secret in an environment variable, and set `api_key_env` to its name and `api_key_header` to the header";
            return Err(invalid(message).with_help(help));
        }
        Ok(name)
    }
}
