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

    /// Sets the base URL, which is required. Requests go to this URL followed by `/rerank`.
    ///
    /// A query is kept and never appears in errors or logs. A user name or password in the URL is an error: put it in a
    /// [`header`](Self::header).
    pub fn base_url(self, url: impl Into<String>) -> Self {
        self.connect(|connection| connection.base_url = url.into())
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

    /// Sets the most characters of a text. Only the first ones of a longer text are sent. By default, there is no limit.
    ///
    /// Most models read 512 to 8,192 tokens of the query and a text together. Services cut longer texts or reject them.
    pub fn max_characters(self, characters: usize) -> Self {
        Self { max_characters: Some(characters), ..self }
    }

    /// Sets the environment variable that holds the API key. [`build`](Self::build) reads it.
    ///
    /// By default, a server on this machine gets no key, and any other needs this setting, [`api_key`](Self::api_key) or
    /// [`without_api_key`](Self::without_api_key).
    pub fn api_key_env(self, variable: impl Into<String>) -> Self {
        self.connect(|connection| connection.key = KeySource::Variable(variable.into()))
    }

    /// Sets the API key itself, for programs that store it in a vault. Leading and trailing whitespace is removed.
    pub fn api_key(self, key: impl Into<String>) -> Self {
        self.connect(|connection| connection.key = KeySource::Literal(key.into()))
    }

    /// Sends no API key, for servers on other machines that need none.
    pub fn without_api_key(self) -> Self {
        self.connect(|connection| connection.key = KeySource::None)
    }

    /// Sets the header that carries the bare API key. By default, the key is sent as `Authorization: Bearer …`.
    pub fn api_key_header(self, name: impl Into<String>) -> Self {
        self.connect(|connection| connection.key_header = Some(name.into()))
    }

    /// Allows sending the API key to another machine over plain `http://`, for networks that you trust. By default,
    /// [`build`](Self::build) rejects this.
    pub fn allow_plaintext_key(self) -> Self {
        self.connect(|connection| connection.allow_plaintext_key = true)
    }

    /// Adds a header to every request. Like the API key, its value never appears in errors or logs.
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.connect(|connection| connection.headers.push((name.into(), value.into())))
    }

    /// Sets the most texts in one request, up to 65,536. The default is 256.
    ///
    /// Cohere and Voyage accept 1,000 texts, and Text Embeddings Inference accepts 32 by default. If the server rejects a
    /// request because of its size, it is split, and later requests are smaller.
    pub fn batch_texts(self, texts: usize) -> Self {
        self.connect(|connection| connection.limits.texts = texts)
    }

    /// Sets the most tokens in one request, up to 1,000,000,000. The default is 250,000.
    ///
    /// They are estimated as one for every three bytes. The query counts for each text.
    pub fn batch_tokens(self, tokens: usize) -> Self {
        self.connect(|connection| connection.limits.tokens = tokens)
    }

    /// Sets the most concurrent requests, up to 1,024. The default is 4.
    pub fn in_flight(self, requests: usize) -> Self {
        self.connect(|connection| connection.limits.in_flight = requests)
    }

    /// Sets the most requests per minute, including retries. By default, there is no limit.
    pub fn requests_per_minute(self, requests: u32) -> Self {
        self.connect(|connection| connection.requests_per_minute = Some(requests))
    }

    /// Sets the most tokens per minute, including retries. By default, there is no limit.
    pub fn tokens_per_minute(self, tokens: u32) -> Self {
        self.connect(|connection| connection.tokens_per_minute = Some(tokens))
    }

    /// Sets the time limit of one request, from connecting to the last byte of the response, up to one day. The default is
    /// 60 seconds.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.connect(|connection| connection.timeout = timeout)
    }

    /// Sets the time limit of a request with all its retries, up to one day. The default is 60 seconds. Zero disables
    /// retries.
    ///
    /// A search waits for this time at most, so choose less if a user waits for the hits.
    pub fn retry_for(self, time: Duration) -> Self {
        self.connect(|connection| connection.retry_for = time)
    }

    /// Sets whether texts leave this machine. The default is `false` if the host is `localhost` or a loopback address, and
    /// `true` otherwise.
    pub fn sends_text_away(self, away: bool) -> Self {
        self.connect(|connection| connection.sends_text_away = Some(away))
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
                return Err(invalid(message).with_help("remove the call of `field`"));
            }
            let value = value.as_ref().map_err(|source| {
                invalid(format!("the value of the field `{shown}` is not JSON ({})", clipped(source)))
                    .with_help("use a number, a text, a `bool`, a list or a map with text keys")
            })?;
            fields.insert(name.clone(), value.clone());
        }
        Ok(fields)
    }
}

impl fmt::Debug for RemoteRerankerBuilder {
    /// Prints the settings without the API key, the URL and the values of headers and fields.
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
