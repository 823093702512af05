use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::settings::Settings;
use super::{Inner, OpenAiModel};
use crate::error::{ErrorKind, Result};
use crate::model::bounds::{MAX_DIMENSION, check_positive, invalid};
use crate::model::http::connection::Connection;
use crate::model::http::key::KeySource;
use crate::model::http::send::Sender;
use crate::model::http::service::Service;
use crate::model::http::settings::connection_settings;
use crate::model::{ModelIdentity, clipped};

impl OpenAiModel {
    /// Returns a builder for the model with this name at the endpoint, such as `text-embedding-3-small`.
    pub fn builder(model: impl Into<String>) -> OpenAiBuilder {
        OpenAiBuilder::new(model.into())
    }
}

/// Builds an [`OpenAiModel`]. Created by [`OpenAiModel::builder`].
///
/// [`build`](Self::build) checks the settings and reads the API key. No request is sent before the first text is embedded.
#[must_use = "a builder does nothing until `build` is called"]
#[derive(Clone)]
pub struct OpenAiBuilder(Settings);

impl OpenAiBuilder {
    fn new(model: String) -> Self {
        Self(Settings::new(model))
    }

    fn connect(mut self, set: impl FnOnce(&mut Connection)) -> Self {
        set(&mut self.0.connection);
        self
    }

    /// Sets the dimension of the vectors, at most 65,536. It is required, except for OpenAI's own models.
    pub fn dimension(self, dimension: usize) -> Self {
        Self(Settings { dimension: Some(dimension), ..self.0 })
    }

    /// Sets whether requests ask for vectors of this [`dimension`](Self::dimension), in the field `dimensions`.
    ///
    /// By default, they do so only for a `text-embedding-3` model with a lower dimension than its own. An endpoint that
    /// does not support the field ignores it or returns status 400.
    pub fn send_dimension(self, send: bool) -> Self {
        Self(Settings { send_dimension: Some(send), ..self.0 })
    }

    /// Sets whether vectors are scaled to unit length. The default is `true` for OpenAI's own models and `false` for all
    /// others.
    pub fn normalized(self, normalized: bool) -> Self {
        Self(Settings { normalized: Some(normalized), ..self.0 })
    }

    /// Sets the revision in the model's identity. By default, it is empty.
    pub fn revision(self, revision: impl Into<String>) -> Self {
        Self(Settings { revision: revision.into(), ..self.0 })
    }

    /// Sets the prefixes for documents and queries. By default, they are empty.
    pub fn prefixes(self, document: impl Into<String>, query: impl Into<String>) -> Self {
        Self(Settings { document_prefix: document.into(), query_prefix: query.into(), ..self.0 })
    }

    /// Builds the model.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if the environment variable does not hold a key, if the key would be sent to another
    /// machine over plain `http://`, if the dimension is required but missing, or if a number, URL or header is not valid.
    /// Fails with `Model` if the HTTP client cannot be created, for example because the machine has no root certificates.
    pub fn build(self) -> Result<OpenAiModel> {
        let Self(settings) = self;
        if settings.model.trim().is_empty() {
            return Err(
                invalid("the model has no name").with_help("use the name of the model at the endpoint")
            );
        }
        settings.connection.check()?;
        let known = settings.known_model();
        let known_dimension = known.as_ref().map(|known| known.dimension);
        let Some(dimension) = settings.dimension.or(known_dimension) else {
            let message = format!("the dimension of the model `{}` is not known", clipped(&settings.model));
            let help = "set it with `dimension`, the number of values in a vector";
            return Err(invalid(message).with_help(help));
        };
        check_positive("dimension", dimension, MAX_DIMENSION)?;
        let is_shortened =
            known.as_ref().is_some_and(|known| known.can_shorten && dimension < known.dimension);
        let service = Service {
            path: "embeddings",
            kind: ErrorKind::Model,
            model: settings.model.clone(),
            example_url: OpenAiModel::DEFAULT_BASE_URL,
            key_variable: Some(OpenAiModel::DEFAULT_API_KEY_ENV),
            content: "vectors",
            too_long_help: "check the base URL, the name of the model and `dimension`",
        };
        let sender = Sender::new(&settings.connection, service)?;
        let python = settings.python_function(dimension);
        let identity = ModelIdentity::new(settings.model, dimension)
            .with_revision(settings.revision)
            .with_normalized(settings.normalized.unwrap_or(known.is_some()))
            .with_prefixes(settings.document_prefix, settings.query_prefix);
        let send_dimension = settings.send_dimension.unwrap_or(is_shortened);
        Ok(OpenAiModel { inner: Arc::new(Inner { identity, send_dimension, python, sender }) })
    }
}

connection_settings!(OpenAiBuilder {
    /// Sets the base URL. Requests go to this URL followed by `/embeddings`. The default is
    /// [`DEFAULT_BASE_URL`](OpenAiModel::DEFAULT_BASE_URL).
    ///
    /// A query, such as Azure's `?api-version=…`, is kept and never appears in errors or logs. A user name or password in
    /// the URL is an error: put it in a [`header`](Self::header).
    base_url,
    /// The default is [`DEFAULT_API_KEY_ENV`](OpenAiModel::DEFAULT_API_KEY_ENV), or no key for a server on this machine.
    api_key_env,
    /// OpenAI accepts 2,048 texts, and Text Embeddings Inference accepts 32 by default. If the server rejects a request
    /// because of its size, later requests are smaller; see [Requests](OpenAiModel#requests).
    batch_texts,
    /// The number of tokens is [estimated](OpenAiModel#requests). OpenAI accepts 300,000.
    batch_tokens,
    /// No retry starts after this time, and a running retry is canceled.
    retry_for,
});

impl fmt::Debug for OpenAiBuilder {
    /// Prints the settings without the API key, the URL or the values of headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { model, dimension, connection, .. } = &self.0;
        let Connection { limits, key, headers, .. } = connection;
        let headers: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("OpenAiBuilder")
            .field("model", model)
            .field("dimension", dimension)
            .field("limits", limits)
            .field("key", key)
            .field("headers", &headers)
            .finish_non_exhaustive()
    }
}
