mod builder;
mod response;
mod settings;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::http::batches::{TextRequest, estimated_tokens};
use super::http::send::{Request, SendError, Sender};
use super::{BatchLimits, EmbeddingModel, ModelIdentity, PythonFunction, Role, async_trait};
use crate::error::{BoxError, Error, ErrorKind, Result};
pub use builder::OpenAiBuilder;
use response::ExpectedEmbeddings;

/// A model behind an OpenAI-compatible `/embeddings` endpoint, such as OpenAI, Azure, Ollama, vLLM, Text Embeddings
/// Inference, llama.cpp, or a gateway to any of them.
///
/// ```
/// use datus_store::model::{EmbeddingModel, OpenAiModel};
///
/// // Ollama on this machine needs no key, and the text stays here.
/// let model = OpenAiModel::builder("nomic-embed-text")
///     .base_url("http://localhost:11434/v1")
///     .dimension(768)
///     .prefixes("search_document: ", "search_query: ")
///     .build()?;
/// assert_eq!(model.identity().dimension, 768);
/// assert!(!model.sends_text_away());
/// # Ok::<(), datus_store::Error>(())
/// ```
///
/// For OpenAI, the `OPENAI_API_KEY` environment variable holds the key. Here, the service shortens the vectors:
///
/// ```no_run
/// use datus_store::model::OpenAiModel;
///
/// let model = OpenAiModel::builder("text-embedding-3-small")
///     .dimension(512)
///     .requests_per_minute(3000)
///     .tokens_per_minute(1_000_000)
///     .build()?;
/// # Ok::<(), datus_store::Error>(())
/// ```
///
/// # Requests
/// Texts are split into requests by number and by tokens, even if [`embed`](EmbeddingModel::embed) is called with many
/// texts. The number of tokens is estimated as one per three bytes, which is more than these models' tokenizers produce for
/// most text. At most [`in_flight`](OpenAiBuilder::in_flight) requests run at once. Clones share this limit, the rate limit
/// and the connections.
///
/// If the server rejects a request because of its size, with status 413 or a message about the number of texts or tokens,
/// the request is split and sent again. The new size is the limit reported by the server, or half of the texts. The model
/// remembers this limit. Proxies set by `HTTPS_PROXY` and `HTTP_PROXY` are used, except for servers on this machine.
///
/// # Retries
/// A request is retried after status 429 or 500 to 599, after a connection error, and after a timeout. The delay is random.
/// Its upper bound starts at half a second and doubles with each retry, up to 20 seconds. If the response has a
/// `Retry-After` header, the model waits that long. [`retry_for`](OpenAiBuilder::retry_for) limits the total time, and each
/// retry emits a `tracing` event of level `WARN`.
///
/// If the server has never responded and cannot be reached, the request is sent only three times, because the address is
/// probably wrong. An exhausted quota (`insufficient_quota`) is not retried.
///
/// # Errors and secrets
/// An error contains the URL of the endpoint without its query, the status, the server's message, and a suggested fix.
/// The API key and the values of headers never appear in errors, logs or `Debug` output. Redirects are not followed, so that
/// the key is not sent elsewhere. Sending the key to another machine over plain `http://` requires
/// [`allow_plaintext_key`](OpenAiBuilder::allow_plaintext_key).
///
/// # Responses
/// Vectors can be lists of numbers or base64 strings, and are ordered by their `index`. A response with status 200 that
/// contains an error is treated as that error. The model reads at most as many bytes as the requested vectors can occupy in
/// any notation, and a few kilobytes of an error. It does not request compression.
///
/// # Runtime
/// The model needs a Tokio runtime of either flavor with I/O and time enabled (`enable_all`). Without one, `embed` returns
/// an error. A model can be used in several runtimes, one after the other.
#[derive(Clone)]
pub struct OpenAiModel {
    inner: Arc<Inner>,
}

struct Inner {
    identity: ModelIdentity,
    /// `true` to request vectors of this dimension from the endpoint.
    send_dimension: bool,
    python: Option<PythonFunction>,
    sender: Sender,
}

impl OpenAiModel {
    /// The default of [`base_url`](OpenAiBuilder::base_url): `https://api.openai.com/v1`.
    pub const DEFAULT_BASE_URL: &'static str = settings::DEFAULT_BASE_URL;

    /// The default of [`api_key_env`](OpenAiBuilder::api_key_env): `OPENAI_API_KEY`.
    pub const DEFAULT_API_KEY_ENV: &'static str = settings::DEFAULT_VARIABLE;
}

/// A call to the model, which is sent in one request or several.
struct Call<'a> {
    model: &'a Inner,
    role: Role,
}

#[async_trait]
impl TextRequest for Call<'_> {
    type Item = Vec<f32>;

    fn count_tokens(&self, text: &str) -> usize {
        estimated_tokens(text)
    }

    async fn request(&self, texts: &[&str]) -> std::result::Result<Vec<Vec<f32>>, SendError> {
        let Inner { identity, send_dimension, sender, .. } = self.model;
        let prefix = match self.role {
            Role::Document => &identity.document_prefix,
            Role::Query => &identity.query_prefix,
        };
        let input: Vec<Cow<'_, str>> = texts.iter().map(|text| prefixed(prefix, text)).collect();
        let tokens = input.iter().map(|text| estimated_tokens(text)).sum();
        let dimensions = send_dimension.then_some(identity.dimension);
        let body = serde_json::to_vec(&RequestBody { model: &identity.id, input, dimensions });
        let body = body.map_err(|source| {
            let error = Error::new(ErrorKind::Model, "the texts could not be serialized as JSON");
            SendError::Failed(error.with_source(source))
        })?;
        let expected = ExpectedEmbeddings::new(texts.len(), identity);
        let response = sender.send(Request { body: &body, estimated_tokens: tokens, expected }).await?;
        if let Some(actual) = response.tokens {
            // A plausible count is at most one token for each byte, plus the special tokens of each text.
            let special = texts.len().saturating_mul(MAX_SPECIAL_TOKENS);
            sender.correct_tokens(tokens, actual.min(body.len().saturating_add(special)));
        }
        Ok(response.vectors)
    }
}

/// The maximum number of tokens that a server may add to a text.
const MAX_SPECIAL_TOKENS: usize = 512;

/// The JSON body of a request.
#[derive(Serialize)]
struct RequestBody<'a> {
    model: &'a str,
    input: Vec<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<usize>,
}

fn prefixed<'a>(prefix: &str, text: &'a str) -> Cow<'a, str> {
    if prefix.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(format!("{prefix}{text}")) }
}

#[async_trait]
impl EmbeddingModel for OpenAiModel {
    fn identity(&self) -> &ModelIdentity {
        &self.inner.identity
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        let call = Call { model: &self.inner, role };
        Ok(self.inner.sender.send_all(texts, &call).await?)
    }

    /// Returns the configured limits, or lower ones if the server has rejected larger requests.
    fn limits(&self) -> BatchLimits {
        self.inner.sender.limits()
    }

    /// Estimates one token for every three bytes, rounded up.
    fn count_tokens(&self, text: &str) -> usize {
        estimated_tokens(text)
    }

    /// Returns `openai` for an OpenAI model at OpenAI's own endpoint if no prefixes are set.
    fn python_function(&self) -> Option<PythonFunction> {
        self.inner.python.clone()
    }

    /// Returns the value set in the builder. By default, it is `true` unless the endpoint is on this machine.
    fn sends_text_away(&self) -> bool {
        self.inner.sender.sends_text_away()
    }
}

impl fmt::Debug for OpenAiModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { identity, send_dimension, sender, .. } = &*self.inner;
        f.debug_struct("OpenAiModel")
            .field("identity", identity)
            .field("endpoint", &sender.endpoint().display_url())
            .field("limits", &self.limits())
            .field("send_dimension", send_dimension)
            .field("sends_text_away", &sender.sends_text_away())
            .finish_non_exhaustive()
    }
}
