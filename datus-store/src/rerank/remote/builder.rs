use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::api::RerankApi;
use super::request::Template;
use super::reranker::RemoteReranker;
use crate::error::{ErrorKind, Result};
use crate::model::bounds::invalid;
use crate::model::clipped;
use crate::model::http::connection::{Connection, zero};
use crate::model::http::key::KeySource;
use crate::model::http::send::Sender;
use crate::model::http::service::Service;
use crate::model::http::settings::connection_settings;

/// Builds a [`RemoteReranker`]. Created by [`RemoteReranker::builder`].
///
/// [`build`](Self::build) checks the settings and reads the API key. No request is sent before the first search.
#[must_use = "a builder does nothing until `build` is called"]
#[derive(Clone)]
pub struct RemoteRerankerBuilder {
    model: String,
    api: RerankApi,
    fields: Vec<(String, std::result::Result<Value, String>)>,
    max_characters: Option<usize>,
    connection: Connection,
}

impl RemoteReranker {
    /// Returns a builder for the model with this name at the endpoint, such as `rerank-v3.5`.
    pub fn builder(model: impl Into<String>) -> RemoteRerankerBuilder {
        RemoteRerankerBuilder {
            model: model.into(),
            api: RerankApi::default(),
            fields: Vec::new(),
            max_characters: None,
            connection: Connection::new(""),
        }
    }
}

impl RemoteRerankerBuilder {
    fn connect(mut self, set: impl FnOnce(&mut Connection)) -> Self {
        set(&mut self.connection);
        self
    }

    /// Sets the names of the fields in a request. The default is [`RerankApi::Documents`].
    pub fn api(self, api: RerankApi) -> Self {
        Self { api, ..self }
    }

    /// Adds a field to every request, such as `max_tokens_per_doc` for Cohere, `truncation` for Voyage, or
    /// `truncate_prompt_tokens` for vLLM. The query and the texts cannot be set.
    ///
    /// ```
    /// use datus_store::rerank::RemoteReranker;
    ///
    /// let reranker = RemoteReranker::builder("BAAI/bge-reranker-v2-m3")
    ///     .base_url("http://localhost:8000/v1")
    ///     .field("truncate_prompt_tokens", -1)
    ///     .build()?;
    /// # Ok::<(), datus_store::Error>(())
    /// ```
    pub fn field(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).map_err(|error| error.to_string());
        self.fields.push((name.into(), value));
        self
    }

    /// Sets the maximum number of characters in a text. A longer text is truncated. By default, there is no limit.
    ///
    /// Most models read 512 to 8,192 tokens of the query and a text together. Services truncate longer texts or reject them.
    pub fn max_characters(self, characters: usize) -> Self {
        Self { max_characters: Some(characters), ..self }
    }

    /// Builds the reranker.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if the base URL is missing, if no key is found, if the key would be sent to another machine
    /// over plain `http://`, or if a number, URL, header or field is not valid. Fails with `Reranker` if the HTTP client
    /// cannot be created, for example because the machine has no root certificates.
    pub fn build(self) -> Result<RemoteReranker> {
        if self.model.trim().is_empty() {
            return Err(
                invalid("the model has no name").with_help("use the name of the model at the endpoint")
            );
        }
        if self.connection.base_url.trim().is_empty() {
            return Err(invalid("the reranker has no base URL").with_help("set it with `base_url`"));
        }
        if self.max_characters == Some(0) {
            return Err(zero("max_characters"));
        }
        let fields = self.own_fields()?;
        let service = Service {
            path: "rerank",
            kind: ErrorKind::Reranker,
            model: self.model.clone(),
            example_url: "https://api.cohere.com/v2",
            key_variable: None,
            content: "scores",
            too_long_help: "check the base URL and the name of the model",
        };
        let sender = Sender::new(&self.connection, service)?;
        let template = Template::new(self.model, self.api, fields);
        Ok(RemoteReranker::new(template, self.max_characters, sender))
    }

    fn own_fields(&self) -> Result<Map<String, Value>> {
        let mut fields = Map::new();
        for (name, value) in &self.fields {
            let shown = clipped(name);
            if name == "query" || name == Template::texts_field(self.api) {
                let message = format!("the field `{shown}` is set by each search");
                return Err(invalid(message).with_help("remove the call to `field`"));
            }
            let value = value.as_ref().map_err(|source| {
                invalid(format!("the value of the field `{shown}` is not JSON ({})", clipped(source)))
                    .with_help("use a number, a string, a `bool`, a list or a map with string keys")
            })?;
            fields.insert(name.clone(), value.clone());
        }
        Ok(fields)
    }
}

connection_settings!(RemoteRerankerBuilder {
    /// Sets the base URL, which is required. Requests go to this URL followed by `/rerank`.
    ///
    /// A query string in the URL is kept, and never appears in errors or logs. A user name or password in the URL is an
    /// error: put it in a [`header`](Self::header).
    base_url,
    /// By default, no key is sent to a server on this machine. For any other server, call one of three methods: this one,
    /// [`api_key`](Self::api_key), or [`without_api_key`](Self::without_api_key).
    api_key_env,
    /// Cohere and Voyage accept 1,000 texts, and Text Embeddings Inference accepts 32 by default. A request that the server
    /// rejects as too large is split, and later requests are smaller.
    batch_texts,
    /// The number of tokens is estimated as one for every three bytes. The query is counted once for each text.
    batch_tokens,
    /// If a user waits for the hits, choose a shorter time here and in [`timeout`](Self::timeout).
    retry_for,
});

impl fmt::Debug for RemoteRerankerBuilder {
    /// Prints the settings without the API key, the URL or the values of headers and fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, api, fields, max_characters, connection } = self;
        let names = |pairs: &mut dyn Iterator<Item = &String>| pairs.cloned().collect::<Vec<_>>();
        f.debug_struct("RemoteRerankerBuilder")
            .field("model", model)
            .field("api", api)
            .field("fields", &names(&mut fields.iter().map(|(name, _)| name)))
            .field("max_characters", max_characters)
            .field("limits", &connection.limits)
            .field("key", &connection.key)
            .field("headers", &names(&mut connection.headers.iter().map(|(name, _)| name)))
            .finish_non_exhaustive()
    }
}
