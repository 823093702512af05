mod builder;
mod endpoint;
mod error_body;
mod failure;
mod key;
mod rate;
mod response;
mod send;
mod settings;
mod size_limit;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Serialize;

use super::{BatchLimits, EmbeddingModel, ModelIdentity, Role, async_trait, cut};
use crate::error::{BoxError, Error, ErrorKind, Result};
pub use builder::OpenAiBuilder;
pub(super) use key::is_credential;
use response::ExpectedResponse;
use send::{EmbeddingsRequest, SendError, Sender};
use size_limit::{ObservedLimits, SizeLimit};

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
/// For OpenAI, the environment variable `OPENAI_API_KEY` holds the key. Here, the service shortens the vectors:
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
/// texts. Tokens are estimated as one for every three bytes, which is more than the tokenizers of these models produce for
/// most text. At most [`in_flight`](OpenAiBuilder::in_flight) requests run at once. Clones share this limit, the rate
/// limit and the connections.
///
/// If the server rejects a request because of its size, with status 413 or a message about the number of texts or tokens,
/// the request is split and sent again. The new size is the limit named by the server, or half of the texts. The model
/// remembers this limit. Proxies set by `HTTPS_PROXY` and `HTTP_PROXY` are used, except for servers on this machine.
///
/// # Retries
/// A request is retried after status 429 or 500 to 599, after a connection error, and after a timeout. The delay is random.
/// Its upper bound starts at half a second and doubles each time, up to 20 seconds. If the response has a `Retry-After`
/// header, the model waits for that time. [`retry_for`](OpenAiBuilder::retry_for) limits the total time, and each retry
/// emits a `tracing` event of level `WARN`.
///
/// If the server has never responded and cannot be reached, the request is sent only three times, because the address is
/// probably wrong. An exhausted quota (`insufficient_quota`) is not retried.
///
/// # Errors and secrets
/// An error contains the URL of the endpoint without its query, the status, the message of the server, and what to do. The
/// API key and the values of headers never appear in errors, logs or `Debug` output. Redirects are not followed, so that
/// the key is not sent elsewhere. Sending the key to another machine over plain `http://` requires
/// [`allow_plaintext_key`](OpenAiBuilder::allow_plaintext_key).
///
/// # Responses
/// Vectors can be lists of numbers or base64 strings, and are ordered by their `index`. A response with status 200 that
/// contains an error is treated as this error. The model reads at most as many bytes as the requested vectors can take in
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
    limits: BatchLimits,
    observed_limits: ObservedLimits,
    /// `true` to request vectors of this dimension from the endpoint.
    send_dimension: bool,
    sends_text_away: bool,
    sender: Sender,
}

impl OpenAiModel {
    /// The default of [`base_url`](OpenAiBuilder::base_url): `https://api.openai.com/v1`.
    pub const DEFAULT_BASE_URL: &'static str = settings::DEFAULT_BASE_URL;

    /// The default of [`api_key_env`](OpenAiBuilder::api_key_env): `OPENAI_API_KEY`.
    pub const DEFAULT_API_KEY_ENV: &'static str = key::DEFAULT_VARIABLE;

    /// Embeds texts in one request, or in several smaller ones if the server rejects it for its size.
    async fn embed_batch(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>> {
        let Inner { observed_limits, sender, .. } = &*self.inner;
        let mut vectors = Vec::with_capacity(texts.len());
        let mut pending = vec![texts];
        let (mut was_split, mut accepted_tokens) = (false, 0_usize);
        while let Some(part) = pending.pop() {
            match self.request(part, role).await {
                Ok(embedded) => {
                    vectors.extend(embedded);
                    accepted_tokens =
                        accepted_tokens.max(part.iter().map(|text| self.count_tokens(text)).sum());
                }
                Err(SendError::TooLarge(limit)) => {
                    let size = limit.next_batch_size(part.len(), was_split);
                    tracing::warn!(
                        endpoint = sender.endpoint().display_url(),
                        texts = part.len(),
                        limit = size,
                        "the endpoint accepts only smaller requests: lower `batch_texts` or `batch_tokens`"
                    );
                    if let SizeLimit::Texts(_) = limit {
                        observed_limits.lower_texts(size);
                    }
                    was_split = true;
                    pending.extend(part.chunks(size).rev());
                }
                Err(SendError::Failed(error)) => return Err(error),
            }
        }
        if was_split {
            // The server accepted the parts, so their size is within its limit.
            observed_limits.lower_tokens(accepted_tokens);
        }
        Ok(vectors)
    }

    /// Embeds texts in one request.
    async fn request(&self, texts: &[&str], role: Role) -> std::result::Result<Vec<Vec<f32>>, SendError> {
        let Inner { identity, send_dimension, sender, .. } = &*self.inner;
        let prefix = match role {
            Role::Document => &identity.document_prefix,
            Role::Query => &identity.query_prefix,
        };
        let input: Vec<Cow<'_, str>> = texts.iter().map(|text| prefixed(prefix, text)).collect();
        let tokens = input.iter().map(|text| self.count_tokens(text)).sum();
        let dimensions = send_dimension.then_some(identity.dimension);
        let body = serde_json::to_vec(&RequestBody { model: &identity.id, input, dimensions });
        let body = body.map_err(|source| {
            let error = Error::new(ErrorKind::Model, "the texts could not be serialized as JSON");
            SendError::Failed(error.with_source(source))
        })?;
        let expected = ExpectedResponse::new(texts.len(), identity);
        let response = sender
            .send(EmbeddingsRequest { body: &body, estimated_tokens: tokens, expected }, identity)
            .await?;
        if let Some(actual) = response.tokens {
            // A plausible count is at most one token for each byte, plus the special tokens of each text.
            let special = texts.len().saturating_mul(MAX_SPECIAL_TOKENS);
            sender.correct_tokens(tokens, actual.min(body.len().saturating_add(special)));
        }
        Ok(response.vectors)
    }
}

/// The most tokens that a server may add to a text.
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
        if tokio::runtime::Handle::try_current().is_err() {
            let message = "a model behind an endpoint needs a tokio runtime, and none is running here";
            let help =
                "call it inside a runtime, such as that of `#[tokio::main]` or `datus_store::block_on`";
            return Err(Error::new(ErrorKind::Model, message).with_help(help).into());
        }
        let mut vectors = vec![Vec::new(); texts.len()];
        let mut requests = stream::iter(cut(self, texts))
            .map(|mut positions| async move {
                // A request keeps the caller's order of texts, which helps to read the log of the server.
                positions.sort_unstable();
                let texts: Vec<&str> =
                    positions.iter().filter_map(|&position| texts.get(position).copied()).collect();
                let embedded = self.embed_batch(&texts, role).await?;
                Ok::<_, Error>((positions, embedded))
            })
            .buffer_unordered(self.inner.limits.in_flight);
        while let Some((positions, embedded)) = requests.try_next().await? {
            for (position, vector) in positions.into_iter().zip(embedded) {
                if let Some(slot) = vectors.get_mut(position) {
                    *slot = vector;
                }
            }
        }
        drop(requests);
        Ok(vectors)
    }

    /// Returns the configured limits, or lower ones if the server has rejected larger requests.
    fn limits(&self) -> BatchLimits {
        self.inner.observed_limits.apply(self.inner.limits)
    }

    /// Estimates one token for every three bytes, rounded up.
    fn count_tokens(&self, text: &str) -> usize {
        text.len().div_ceil(3)
    }

    /// Returns the setting of the builder. By default, it is `true` unless the endpoint is on this machine.
    fn sends_text_away(&self) -> bool {
        self.inner.sends_text_away
    }
}

impl fmt::Debug for OpenAiModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { identity, limits: _, observed_limits: _, send_dimension, sends_text_away, sender } =
            &*self.inner;
        f.debug_struct("OpenAiModel")
            .field("identity", identity)
            .field("endpoint", &sender.endpoint().display_url())
            .field("limits", &self.limits())
            .field("send_dimension", send_dimension)
            .field("sends_text_away", sends_text_away)
            .finish_non_exhaustive()
    }
}
