mod split;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

use std::fmt;

use self::split::{Windows, passages};
use super::bounds::{check_positive, check_range};
use super::multi::TooManyVectors;
use super::{
    BatchLimits, EmbeddingModel, ModelIdentity, ModelKind, MultiEmbeddingModel, Role, async_trait,
    split_into_batches,
};
use crate::error::{BoxError, Result};

/// A model that splits each document into passages and computes a vector for each passage, for a field with
/// `#[datus(embed(multi))]`. Created by [`passages`](super::EmbeddingModelExt::passages).
///
/// A single vector for a long text averages its topics, and most models ignore the end of a long text. With a vector for
/// each passage, a search finds a text by its best passage.
///
/// # Passages
/// A passage has at most 100 words. If a sentence ends in the second half of the passage, the passage ends with the last
/// such sentence. Otherwise, it ends after 100 words. The next passage begins 20 words before the end of the previous one. A
/// word is a run of characters without whitespace. A Chinese, Japanese, Thai, Lao, Khmer or Burmese character counts as a
/// word, and a run of more than 30 characters is split into words of at most 30. A text of at most 100 words is one passage.
/// [`words`](Self::words) sets the maximum and the overlap.
///
/// A text has at most 64 passages. A longer text is an error of kind [`Model`](crate::ErrorKind::Model), so that no part of a
/// text is left out. [`max_passages`](Self::max_passages) sets the limit.
///
/// A query is not split: it has one vector, so the distance of a row is that of its nearest passage.
///
/// The [identity](MultiEmbeddingModel::identity) is that of the model, with both word counts in its revision. If you change
/// them, re-embed the table with `reembed`.
///
/// ```
/// use datus_store::model::{EmbeddingModelExt, HashingModel, MultiEmbeddingModel, Role};
///
/// let model = HashingModel::new(256).passages().words(50, 10)?;
/// assert_eq!(model.identity().revision, "1+passages(50,10)");
///
/// let long = "A sentence of five words. ".repeat(20);
/// let texts = ["a short text", long.as_str()];
/// let vectors = futures::executor::block_on(model.embed_multi(&texts, Role::Document)).unwrap();
/// assert_eq!((vectors[0].len(), vectors[1].len()), (1, 3));
/// # Ok::<(), datus_store::Error>(())
/// ```
#[derive(Clone)]
pub struct Passages<M> {
    model: M,
    identity: ModelIdentity,
    windows: Windows,
    max_passages: usize,
}

/// The upper bound for the number of words per passage, and for the number of passages per text.
const MAX: usize = 1 << 16;

impl<M: EmbeddingModel> Passages<M> {
    pub(super) fn new(model: M) -> Self {
        let windows = Windows { words: 100, overlap: 20 };
        let identity = identity(&model, windows);
        Self { model, identity, windows, max_passages: 64 }
    }

    /// Sets the maximum number of words per passage, and the number of words that a passage shares with the previous one. The
    /// defaults are 100 and 20.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if `words` is 0 or above 65,536, or if `overlap` is more than half of `words`.
    pub fn words(self, words: usize, overlap: usize) -> Result<Self> {
        check_positive("words", words, MAX)?;
        check_range("overlap", overlap, 0, words / 2)?;
        let windows = Windows { words, overlap };
        Ok(Self { identity: identity(&self.model, windows), windows, ..self })
    }

    /// Sets the maximum number of passages per text. The default is 64. A text with more passages is an error.
    ///
    /// The number is not part of the identity, so it can change without re-embedding the table.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if the number is 0 or above 65,536.
    pub fn max_passages(self, passages: usize) -> Result<Self> {
        check_positive("max_passages", passages, MAX)?;
        Ok(Self { max_passages: passages, ..self })
    }

    /// Embeds the passages of documents, or whole queries. `uncached` bypasses the model's cache.
    async fn embed(
        &self,
        texts: &[&str],
        role: Role,
        uncached: bool,
    ) -> Result<Vec<Vec<Vec<f32>>>, BoxError> {
        let texts: Vec<Vec<&str>> = match role {
            Role::Document => texts.iter().map(|text| passages(text, self.windows)).collect(),
            Role::Query => texts.iter().map(|text| vec![*text]).collect(),
        };
        // Only a table's probe text bypasses the cache. Its vector is compared and not stored.
        let max = if uncached { usize::MAX } else { self.max_passages };
        if let Some(long) = texts.iter().find(|passages| passages.len() > max) {
            return Err(Box::new(TooManyVectors::new(&self.identity, long.len(), self.max_passages)));
        }
        let all: Vec<&str> = texts.iter().flatten().copied().collect();
        let mut vectors = vec![Vec::new(); all.len()];
        for positions in split_into_batches(&self.model, &all) {
            let call: Vec<&str> = positions.iter().filter_map(|&at| all.get(at).copied()).collect();
            let made = match uncached {
                true => self.model.embed_uncached(&call, role).await?,
                false => self.model.embed(&call, role).await?,
            };
            if made.len() != call.len() {
                let message =
                    format!("the model returned {} vectors for {} passages", made.len(), call.len());
                return Err(message.into());
            }
            for (at, vector) in positions.into_iter().zip(made) {
                if let Some(slot) = vectors.get_mut(at) {
                    *slot = vector;
                }
            }
        }
        let mut vectors = vectors.into_iter();
        Ok(texts.iter().map(|passages| vectors.by_ref().take(passages.len()).collect()).collect())
    }
}

/// Returns the identity of the model with the lengths of the passages, because the vectors depend on them.
fn identity(model: &impl EmbeddingModel, windows: Windows) -> ModelIdentity {
    let identity = model.identity().clone();
    let Windows { words, overlap } = windows;
    let revision = format!("{}+passages({words},{overlap})", identity.revision);
    identity.with_revision(revision)
}

#[async_trait]
impl<M: EmbeddingModel> MultiEmbeddingModel for Passages<M> {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed_multi(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<Vec<f32>>>, BoxError> {
        self.embed(texts, role, false).await
    }

    async fn embed_multi_uncached(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<Vec<f32>>>, BoxError> {
        self.embed(texts, role, true).await
    }

    fn max_vectors(&self) -> usize {
        self.max_passages
    }

    fn limits(&self) -> BatchLimits {
        self.model.limits()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.count_tokens(text)
    }

    fn sends_text_away(&self) -> bool {
        self.model.sends_text_away()
    }

    fn kind(&self) -> ModelKind {
        self.model.kind()
    }
}

impl<M: EmbeddingModel> fmt::Debug for Passages<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identity, windows, max_passages, model: _ } = self;
        f.debug_struct("Passages")
            .field("identity", identity)
            .field("windows", windows)
            .field("max_passages", max_passages)
            .finish()
    }
}
