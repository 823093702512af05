use std::fmt;
use std::sync::Arc;

use super::request::Template;
use crate::error::{BoxError, Result};
use crate::model::http::send::Sender;
use crate::rerank::{Candidate, Needs, Ranked, RerankQuery, Reranker, async_trait};

/// Ranks rows with a model behind a `/rerank` endpoint, such as Cohere, Jina, Voyage, vLLM, llama.cpp, or Text Embeddings
/// Inference.
///
/// ```
/// use datus_store::rerank::{RemoteReranker, RerankApi, Reranker};
///
/// // Text Embeddings Inference on this machine needs no key, and the texts stay here.
/// let reranker = RemoteReranker::builder("bge-reranker-v2-m3")
///     .base_url("http://localhost:8080")
///     .api(RerankApi::Texts)
///     .build()?;
/// assert!(!reranker.sends_text_away());
/// # Ok::<(), datus_store::Error>(())
/// ```
///
/// For a service, name the environment variable that holds the key:
///
/// ```no_run
/// use datus_store::rerank::RemoteReranker;
///
/// let reranker = RemoteReranker::builder("rerank-v3.5")
///     .base_url("https://api.cohere.com/v2")
///     .api_key_env("COHERE_API_KEY")
///     .build()?;
/// # Ok::<(), datus_store::Error>(())
/// ```
///
/// | service | base URL | [`RerankApi`](super::RerankApi) |
/// |---|---|---|
/// | Cohere | `https://api.cohere.com/v2` | `Documents` |
/// | Jina | `https://api.jina.ai/v1` | `Documents` |
/// | Voyage | `https://api.voyageai.com/v1` | `Documents` |
/// | vLLM, llama.cpp, Infinity | `http://HOST:PORT/v1` | `Documents` |
/// | Text Embeddings Inference | `http://HOST:PORT` | `Texts` |
///
/// # Requests
/// Each search sends its query and the text of each candidate. It sends one request if the texts are within the limits
/// [`batch_texts`](super::RemoteRerankerBuilder::batch_texts) and
/// [`batch_tokens`](super::RemoteRerankerBuilder::batch_tokens). The scores from several requests are compared with each
/// other. This is correct for models that score each text separately, but not for those that compare the texts of a request,
/// such as `jina-reranker-v3`. Use large limits and few candidates for these.
///
/// A row without text, or with a blank one, is not sent. It is ranked below all others. A search without a query text, by
/// vector or by a stored row, is an error of kind [`InvalidInput`](crate::ErrorKind::InvalidInput).
///
/// Limits, retries, timeouts, proxies, keys, secrets and the runtime work as for
/// [`OpenAiModel`](crate::model::OpenAiModel#requests).
///
/// # Responses
/// The scores can be in a list, or in the field `results` or `data`, as `relevance_score` or `score`. Each text must have
/// exactly one finite score and an `index`. The order of the list does not matter.
///
/// # Errors
/// Requests fail with [`Reranker`](crate::ErrorKind::Reranker). The error contains the URL of the endpoint without its query
/// string, the status, the message from the server, and a suggested fix. It never contains the key or the value of a header.
#[derive(Clone)]
pub struct RemoteReranker {
    inner: Arc<Inner>,
}

impl RemoteReranker {
    pub(super) fn new(template: Template, max_characters: Option<usize>, sender: Sender) -> Self {
        Self { inner: Arc::new(Inner { template, max_characters, sender }) }
    }
}

struct Inner {
    template: Template,
    max_characters: Option<usize>,
    sender: Sender,
}

#[async_trait]
impl Reranker for RemoteReranker {
    /// Returns the name of the model.
    fn name(&self) -> &str {
        self.inner.template.model()
    }

    fn needs(&self) -> Needs {
        Needs::default().with_texts()
    }

    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        let query = query.required_text(self.name())?;
        let Inner { template, max_characters, sender } = &*self.inner;
        let texts = candidates.iter().enumerate();
        let texts = texts.filter_map(|(at, candidate)| Some((at, candidate.text.as_deref()?)));
        let (positions, texts): (Vec<usize>, Vec<&str>) = texts
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(at, text)| (at, shortened(text, *max_characters)))
            .unzip();
        let scores = sender.send_all(&texts, &template.call(query, sender)).await?;
        let lowest = scores.iter().copied().fold(f32::INFINITY, f32::min);
        let below = if lowest.is_finite() { lowest.next_down().max(f32::MIN) } else { 0.0 };
        let mut all = vec![below; candidates.len()];
        for (position, score) in positions.into_iter().zip(scores) {
            if let Some(slot) = all.get_mut(position) {
                *slot = score;
            }
        }
        Ok(Ranked::by_score(all))
    }

    /// Returns the setting of the builder. By default, it is `true` unless the endpoint is on this machine.
    fn sends_text_away(&self) -> bool {
        self.inner.sender.sends_text_away()
    }
}

/// Returns the text, truncated to `max_characters`.
fn shortened(text: &str, max_characters: Option<usize>) -> &str {
    let end = max_characters.and_then(|characters| text.char_indices().nth(characters));
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

impl fmt::Debug for RemoteReranker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { template, max_characters, sender } = &*self.inner;
        f.debug_struct("RemoteReranker")
            .field("model", &template.model())
            .field("endpoint", &sender.endpoint().display_url())
            .field("api", &template.api())
            .field("max_characters", max_characters)
            .field("limits", &sender.limits())
            .field("sends_text_away", &sender.sends_text_away())
            .finish_non_exhaustive()
    }
}
