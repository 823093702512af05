mod answer;
mod builder;
mod complaint;
mod endpoint;
mod excess;
mod failure;
mod key;
mod rate;
mod send;
mod settings;
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
use answer::Expected;
pub use builder::OpenAiBuilder;
use excess::{Excess, Learned};
pub(super) use key::is_credential;
use send::{Outgoing, Rejected, Sender};

/// Embeds through an OpenAI-compatible `/embeddings` endpoint: OpenAI itself, Azure, Ollama, vLLM, Text Embeddings
/// Inference, llama.cpp or a gateway before any of them.
///
/// ```
/// use datus_store::model::{EmbeddingModel, OpenAiModel};
///
/// // Ollama on this machine: no key, and the text stays here.
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
/// OpenAI, with the key that the environment variable `OPENAI_API_KEY` holds and the vectors shortened by the service:
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
/// Texts are cut into requests by number and by tokens, also where [`embed`](EmbeddingModel::embed) is called with many.
/// Tokens are guessed: one for three bytes, which is more than the tokenizers of these models find in most text. At most
/// [`in_flight`](OpenAiBuilder::in_flight) requests run at once, whoever makes them; clones share this bound, the rate
/// limit and the connections. A request that the server refuses for its size, by status 413 or by a message about the
/// number of texts or tokens, is cut and sent again, with as many texts as the server names or half of them; what the
/// server takes is remembered. HTTP proxies named by `HTTPS_PROXY` and `HTTP_PROXY` are used, except for this machine.
///
/// # When a request fails
/// It is tried again after the statuses 429 and 500 to 599, after errors of the connection and after a timeout; after
/// nothing else. The wait is random, up to half a second first and twice as long each time up to 20 seconds; a
/// `Retry-After` of the answer is waited for. [`retry_for`](OpenAiBuilder::retry_for) bounds all of it, and each retry is
/// a `tracing` event of level `WARN`. A server that can't be reached and has not answered this model before is tried
/// three times only, since its address is likelier wrong than the network broken. An exhausted quota
/// (`insufficient_quota`) is not tried again. Errors name the endpoint without its query, the status, what the server says and
/// what to do. The key and the values of headers are in no error, no log and no `Debug`; redirects are not followed, so
/// that the key goes nowhere else, and plain `http://` to another machine needs
/// [`allow_plaintext_key`](OpenAiBuilder::allow_plaintext_key).
///
/// # Answers
/// Vectors are read as lists of numbers or as base64, in the order of their `index`. An answer with status 200 that holds an
/// error is that error. No more of an answer is read than the vectors of the request need, with room for every way to write
/// them, and some kilobytes of an error; compressed answers are not asked for.
///
/// # Runtime
/// It needs a tokio runtime with its I/O and timers on (`enable_all`), of either flavour. Elsewhere `embed` is an error that
/// says so. One model may serve several runtimes, one after the other.
#[derive(Clone)]
pub struct OpenAiModel {
    inner: Arc<Inner>,
}

struct Inner {
    identity: ModelIdentity,
    limits: BatchLimits,
    learned: Learned,
    /// Whether the endpoint is asked for vectors of our dimension.
    send_dimension: bool,
    sends_text_away: bool,
    sender: Sender,
}

impl OpenAiModel {
    /// Where requests go unless [`base_url`](OpenAiBuilder::base_url) says otherwise.
    pub const DEFAULT_BASE_URL: &'static str = "https://api.openai.com/v1";

    /// The environment variable that holds the key unless [`api_key_env`](OpenAiBuilder::api_key_env) says otherwise.
    pub const DEFAULT_API_KEY_ENV: &'static str = "OPENAI_API_KEY";

    /// Begins a model by the name that the endpoint knows it by, such as `text-embedding-3-small`.
    pub fn builder(model: impl Into<String>) -> OpenAiBuilder {
        OpenAiBuilder::new(model.into())
    }

    /// Embeds the texts of one request, in smaller ones where the server takes no more.
    async fn embed_some(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>> {
        let Inner { learned, sender, .. } = &*self.inner;
        let mut vectors = Vec::with_capacity(texts.len());
        let mut waiting = vec![texts];
        let (mut cut, mut taken) = (false, 0_usize);
        while let Some(part) = waiting.pop() {
            match self.request(part, role).await {
                Ok(embedded) => {
                    vectors.extend(embedded);
                    taken = taken.max(part.iter().map(|text| self.count_tokens(text)).sum());
                }
                Err(Rejected::TooLarge(excess)) => {
                    let size = excess.next(part.len(), cut);
                    tracing::warn!(
                        endpoint = sender.endpoint().shown(),
                        texts = part.len(),
                        limit = size,
                        "the endpoint takes smaller requests only: lower `batch_texts` or `batch_tokens`"
                    );
                    if let Excess::Texts(_) = excess {
                        learned.texts(size);
                    }
                    cut = true;
                    waiting.extend(part.chunks(size).rev());
                }
                Err(Rejected::Failed(error)) => return Err(error),
            }
        }
        if cut {
            // Its size was the reason of the refusal: the parts were accepted.
            learned.tokens(taken);
        }
        Ok(vectors)
    }

    /// One request.
    async fn request(&self, texts: &[&str], role: Role) -> std::result::Result<Vec<Vec<f32>>, Rejected> {
        let Inner { identity, send_dimension, sender, .. } = &*self.inner;
        let prefix = match role {
            Role::Document => &identity.document_prefix,
            Role::Query => &identity.query_prefix,
        };
        let input: Vec<Cow<'_, str>> = texts.iter().map(|text| prefixed(prefix, text)).collect();
        let tokens = input.iter().map(|text| self.count_tokens(text)).sum();
        let dimensions = send_dimension.then_some(identity.dimension);
        let body = serde_json::to_vec(&Request { model: &identity.id, input, dimensions });
        let body = body.map_err(|source| {
            let error = Error::new(ErrorKind::Model, "the texts can't be written as JSON");
            Rejected::Failed(error.with_source(source))
        })?;
        let outgoing = Outgoing { body: &body, tokens, expected: Expected::of(texts.len(), identity) };
        let answer = sender.send(outgoing, identity).await?;
        if let Some(counted) = answer.tokens {
            // No tokenizer makes more of a request than its bytes and what it adds to each text.
            sender.settle(tokens, counted.min(body.len().saturating_add(texts.len().saturating_mul(ADDED))));
        }
        Ok(answer.vectors)
    }
}

/// Tokens that a server may add to a text.
const ADDED: usize = 512;

/// What is sent.
#[derive(Serialize)]
struct Request<'a> {
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
            let message = "the model of an endpoint needs a tokio runtime and there is none here";
            let help = "await it inside one, such as that of `#[tokio::main]` or `datus_store::block_on`";
            return Err(Error::new(ErrorKind::Model, message).with_help(help).into());
        }
        let mut vectors = vec![Vec::new(); texts.len()];
        let mut requests = stream::iter(cut(self, texts))
            .map(|mut positions| async move {
                // Within a request in the order of the caller, who may read the server's log.
                positions.sort_unstable();
                let texts: Vec<&str> =
                    positions.iter().filter_map(|&position| texts.get(position).copied()).collect();
                let embedded = self.embed_some(&texts, role).await?;
                Ok::<_, Error>((positions, embedded))
            })
            .buffer_unordered(self.inner.limits.in_flight);
        while let Some((positions, embedded)) = requests.try_next().await? {
            for (position, vector) in positions.into_iter().zip(embedded) {
                if let Some(place) = vectors.get_mut(position) {
                    *place = vector;
                }
            }
        }
        drop(requests);
        Ok(vectors)
    }

    /// The limits that were set, or smaller ones where the server has refused those.
    fn limits(&self) -> BatchLimits {
        self.inner.learned.limit(self.inner.limits)
    }

    /// One for three bytes, rounded up.
    fn count_tokens(&self, text: &str) -> usize {
        text.len().div_ceil(3)
    }

    /// True unless the endpoint is on this machine or the builder says otherwise.
    fn sends_text_away(&self) -> bool {
        self.inner.sends_text_away
    }
}

impl fmt::Debug for OpenAiModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { identity, limits: _, learned: _, send_dimension, sends_text_away, sender } = &*self.inner;
        f.debug_struct("OpenAiModel")
            .field("identity", identity)
            .field("endpoint", &sender.endpoint().shown())
            .field("limits", &self.limits())
            .field("send_dimension", send_dimension)
            .field("sends_text_away", sends_text_away)
            .finish_non_exhaustive()
    }
}
