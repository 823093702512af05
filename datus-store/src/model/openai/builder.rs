use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::excess::Learned;
use super::key::KeySource;
use super::rate::Rate;
use super::send::Sender;
use super::settings::{Settings, per_minute};
use super::{Inner, OpenAiModel};
use crate::error::{Error, ErrorKind, Result};
use crate::model::bounds::{
    MAX_BATCH_TOKENS, MAX_DIMENSION, MAX_IN_FLIGHT, MAX_TEXTS, check_duration, check_positive,
};
use crate::model::{ModelIdentity, clipped};

/// Builds an [`OpenAiModel`]; made by [`OpenAiModel::builder`].
///
/// Nothing is sent before the first text is embedded: [`build`](Self::build) checks the settings and reads the key.
#[must_use = "a builder makes nothing until `build` is called"]
#[derive(Clone)]
pub struct OpenAiBuilder(Settings);

impl OpenAiBuilder {
    pub(super) fn new(model: String) -> Self {
        Self(Settings::new(model))
    }

    /// Sets the URL that `/embeddings` is added to. [`DEFAULT_BASE_URL`](OpenAiModel::DEFAULT_BASE_URL) by default.
    ///
    /// A query is kept, for Azure's `?api-version=…`, and is shown nowhere. A user and password in it are refused: put them
    /// into a [`header`](Self::header).
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self(Settings { base_url: url.into(), ..self.0 })
    }

    /// Sets how many values a vector has, at most 65,536. It is known for OpenAI's own models and needed for others.
    pub fn dimension(self, dimension: usize) -> Self {
        Self(Settings { dimension: Some(dimension), ..self.0 })
    }

    /// Sets whether the endpoint is asked for vectors of this [`dimension`](Self::dimension), in the field `dimensions`.
    ///
    /// By default only where a `text-embedding-3` model is to give fewer values than it has. An endpoint that does not
    /// know the field ignores it or answers 400.
    pub fn send_dimension(self, send: bool) -> Self {
        Self(Settings { send_dimension: Some(send), ..self.0 })
    }

    /// Sets whether vectors have length one, and scales each to it. True for OpenAI's own models, else false by default:
    /// vectors stay as they come.
    pub fn normalized(self, normalized: bool) -> Self {
        Self(Settings { normalized: Some(normalized), ..self.0 })
    }

    /// Sets the revision in the model's identity, where the server's model has one. Empty by default.
    pub fn revision(self, revision: impl Into<String>) -> Self {
        Self(Settings { revision: revision.into(), ..self.0 })
    }

    /// Sets what is put before each document and each query. Nothing by default.
    pub fn prefixes(self, document: impl Into<String>, query: impl Into<String>) -> Self {
        Self(Settings { document_prefix: document.into(), query_prefix: query.into(), ..self.0 })
    }

    /// Sets the environment variable that holds the key; [`build`](Self::build) reads it.
    ///
    /// [`DEFAULT_API_KEY_ENV`](OpenAiModel::DEFAULT_API_KEY_ENV) by default; a server on this machine gets no key by default.
    pub fn api_key_env(self, variable: impl Into<String>) -> Self {
        Self(Settings { key: KeySource::Variable(variable.into()), ..self.0 })
    }

    /// Sets the key itself, for programs that keep it in a vault. White space around it is dropped.
    pub fn api_key(self, key: impl Into<String>) -> Self {
        Self(Settings { key: KeySource::Given(key.into()), ..self.0 })
    }

    /// Sends no key, for servers elsewhere that ask for none.
    pub fn without_api_key(self) -> Self {
        Self(Settings { key: KeySource::None, ..self.0 })
    }

    /// Sets the header that holds only the key: `api-key` for Azure. By default it is `Authorization: Bearer …`.
    pub fn api_key_header(self, name: impl Into<String>) -> Self {
        Self(Settings { key_header: Some(name.into()), ..self.0 })
    }

    /// Sends the key to a server on another machine over plain `http://`, for a network that you trust.
    ///
    /// By default [`build`](Self::build) refuses it, and with it headers and parameters of the URL whose name is that of a
    /// secret: everyone on the way can read them. A server on this machine needs no permission.
    pub fn allow_plaintext_key(self) -> Self {
        Self(Settings { allow_plaintext_key: true, ..self.0 })
    }

    /// Adds a header to every request. Its value is treated like the key: it is shown nowhere.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the most texts of a request, up to 65,536. 256 by default; OpenAI takes 2,048, Text Embeddings Inference 32
    /// unless it is configured otherwise. A server that refuses a request for its size is sent smaller ones from then on,
    /// see [Requests](OpenAiModel#requests).
    pub fn batch_texts(mut self, texts: usize) -> Self {
        self.0.limits.texts = texts;
        self
    }

    /// Sets the most tokens of a request, all texts together, as [guessed](OpenAiModel#requests), up to 1,000,000,000.
    /// 250,000 by default; OpenAI takes 300,000.
    pub fn batch_tokens(mut self, tokens: usize) -> Self {
        self.0.limits.tokens = tokens;
        self
    }

    /// Sets the most requests at once, up to 1,024. 4 by default.
    pub fn in_flight(mut self, requests: usize) -> Self {
        self.0.limits.in_flight = requests;
        self
    }

    /// Sets the most requests in a minute, retries included. No limit by default.
    ///
    /// They are spread evenly over the minute; what may be sent in one second can be sent at once.
    pub fn requests_per_minute(self, requests: u32) -> Self {
        Self(Settings { requests_per_minute: Some(requests), ..self.0 })
    }

    /// Sets the most tokens in a minute, retries included. No limit by default.
    ///
    /// What a request costs is guessed before and corrected by the `usage` of its answer, where there is one. A request
    /// of more tokens than a minute has is sent, and the next one waits accordingly.
    pub fn tokens_per_minute(self, tokens: u32) -> Self {
        Self(Settings { tokens_per_minute: Some(tokens), ..self.0 })
    }

    /// Sets how long one request may take, from connecting to the last byte of the answer, up to a day. 60 seconds by
    /// default.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(Settings { timeout, ..self.0 })
    }

    /// Sets how long a request that fails is tried again, from its first try on, up to a day. 60 seconds by default; zero
    /// for one try.
    ///
    /// No try begins after that time, and one that runs then is ended.
    pub fn retry_for(self, time: Duration) -> Self {
        Self(Settings { retry_for: time, ..self.0 })
    }

    /// Sets whether texts leave this machine. By default they do unless the host is `localhost` or a loopback address;
    /// a server on this machine may pass them on, and one elsewhere may count as here.
    pub fn sends_text_away(self, away: bool) -> Self {
        Self(Settings { sends_text_away: Some(away), ..self.0 })
    }

    /// Makes the model.
    ///
    /// # Errors
    /// `InvalidInput` when the key is not in its environment variable or would be sent to another machine over plain
    /// `http://`, the dimension of a model that is not OpenAI's is missing, a number is out of its bounds, or a URL or header
    /// can't be used. `Model` when no HTTP client can be made, for example because the
    /// machine has no root certificates.
    pub fn build(self) -> Result<OpenAiModel> {
        let Self(settings) = self;
        let (requests, tokens) = check(&settings)?;
        let known = settings.known();
        let known_dimension = known.as_ref().map(|known| known.dimension);
        let Some(dimension) = settings.dimension.or(known_dimension) else {
            let message = format!("the dimension of the model `{}` is not known", clipped(&settings.model));
            let help = "set it with `dimension`: it is the number of values of a vector";
            return Err(invalid(message).with_help(help));
        };
        check_positive("dimension", dimension, MAX_DIMENSION)?;
        let shortened = known.as_ref().is_some_and(|known| known.shortens && dimension < known.dimension);
        let endpoint = Endpoint::new(&settings)?;
        let identity = ModelIdentity::new(settings.model, dimension)
            .with_revision(settings.revision)
            .with_normalized(settings.normalized.unwrap_or(known.is_some()))
            .with_prefixes(settings.document_prefix, settings.query_prefix);
        let inner = Inner {
            identity,
            limits: settings.limits,
            learned: Learned::new(),
            send_dimension: settings.send_dimension.unwrap_or(shortened),
            sends_text_away: settings.sends_text_away.unwrap_or(!endpoint.is_loopback()),
            sender: Sender::new(
                endpoint,
                Rate::new(requests, tokens),
                settings.limits.in_flight,
                settings.timeout,
                settings.retry_for,
            ),
        };
        Ok(OpenAiModel { inner: Arc::new(inner) })
    }
}

type PerMinute = Option<std::num::NonZeroU32>;

/// Refuses limits with which nothing could be sent.
fn check(settings: &Settings) -> Result<(PerMinute, PerMinute)> {
    let limits = &settings.limits;
    let zero = |name: &str| {
        invalid(format!("`{name}` is 0, and nothing would ever be sent"))
            .with_help(format!("give `{name}` more"))
    };
    if settings.model.trim().is_empty() {
        return Err(invalid("the model has no name").with_help("give the one that the endpoint knows it by"));
    }
    check_positive("batch_texts", limits.texts, MAX_TEXTS)?;
    check_positive("batch_tokens", limits.tokens, MAX_BATCH_TOKENS)?;
    check_positive("in_flight", limits.in_flight, MAX_IN_FLIGHT)?;
    if settings.timeout.is_zero() {
        return Err(zero("timeout"));
    }
    check_duration("timeout", settings.timeout)?;
    check_duration("retry_for", settings.retry_for)?;
    let requests = per_minute(settings.requests_per_minute).ok_or_else(|| zero("requests_per_minute"))?;
    let tokens = per_minute(settings.tokens_per_minute).ok_or_else(|| zero("tokens_per_minute"))?;
    Ok((requests, tokens))
}

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

impl fmt::Debug for OpenAiBuilder {
    /// Without the key, the URL and the values of headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { model, dimension, limits, key, headers, .. } = &self.0;
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
