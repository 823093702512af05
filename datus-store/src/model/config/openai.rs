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

    use super::super::numbers::seconds;
    use super::super::{ModelConfig, invalid};
    use crate::error::Result;
    use crate::model::openai::is_credential;
    use crate::model::{EmbeddingModel, OpenAiBuilder, OpenAiModel, clipped};

    pub(super) fn build(config: &ModelConfig) -> Result<Arc<dyn EmbeddingModel>> {
        let model = config.model.as_deref().ok_or_else(|| {
            invalid("the provider `openai` needs the field `model`")
                .with_help("give the name that the endpoint knows the model by")
        })?;
        let (document, query) = config.prefixes();
        let mut builder = OpenAiModel::builder(model).prefixes(document, query);
        builder = given(builder, &config.base_url, OpenAiBuilder::base_url);
        builder = given(builder, &config.revision, OpenAiBuilder::revision);
        builder = given(builder, &config.dimension, OpenAiBuilder::dimension);
        builder = given(builder, &config.send_dimension, OpenAiBuilder::send_dimension);
        builder = given(builder, &config.normalized, OpenAiBuilder::normalized);
        builder = given(builder, &config.batch_size, OpenAiBuilder::batch_texts);
        builder = given(builder, &config.batch_tokens, OpenAiBuilder::batch_tokens);
        builder = given(builder, &config.in_flight, OpenAiBuilder::in_flight);
        builder = given(builder, &config.requests_per_minute, OpenAiBuilder::requests_per_minute);
        builder = given(builder, &config.tokens_per_minute, OpenAiBuilder::tokens_per_minute);
        builder = given(builder, &config.sends_text_away, OpenAiBuilder::sends_text_away);
        builder =
            given(builder, &seconds("timeout_seconds", config.timeout_seconds)?, OpenAiBuilder::timeout);
        builder = given(builder, &seconds("retry_seconds", config.retry_seconds)?, OpenAiBuilder::retry_for);
        builder = given(builder, &config.api_key_header, OpenAiBuilder::api_key_header);
        builder = match config.api_key_env.as_deref() {
            Some("") => builder.without_api_key(),
            Some(variable) => builder.api_key_env(variable),
            None => builder,
        };
        if config.allow_plaintext_key == Some(true) {
            builder = builder.allow_plaintext_key();
        }
        for (name, value) in config.headers.iter().flatten() {
            builder = builder.header(no_credential(name)?, value);
        }
        Ok(Arc::new(builder.build()?))
    }

    /// Sets what is configured.
    fn given<T: Clone>(
        builder: OpenAiBuilder,
        value: &Option<T>,
        set: impl FnOnce(OpenAiBuilder, T) -> OpenAiBuilder,
    ) -> OpenAiBuilder {
        match value {
            Some(value) => set(builder, value.clone()),
            None => builder,
        }
    }

    /// Refuses a header whose value is a secret by its name.
    fn no_credential(name: &str) -> Result<&str> {
        if is_credential(name) {
            let name = clipped(name);
            let message =
                format!("the header `{name}` carries a secret by its name, and a configuration holds none");
            let help = "name the environment variable that holds it in `api_key_env` and the header in `api_key_header`";
            return Err(invalid(message).with_help(help));
        }
        Ok(name)
    }
}
