mod split;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests;

use std::fmt;

use self::split::{Windows, passages};
use super::bounds::{check_positive, check_range};
use super::multi::TooManyVectors;
use super::{
    BatchLimits, EmbeddingModel, ModelIdentity, ModelKind, MultiEmbeddingModel, Role, async_trait, cut,
};
use crate::error::{BoxError, Result};

/// A model that splits each document into passages and makes a vector of each, for a field with `#[datus(embed(multi))]`.
/// Created by [`passages`](super::EmbeddingModelExt::passages).
///
/// One vector of a long text is the average of its topics, and most models ignore the end of a long text. With a vector for
/// each passage, a search finds a text by its best passage.
///
/// # Passages
/// A passage has at most 100 words. If sentences end in its second half, it ends with the last of them, and otherwise after
/// 100 words. The next passage begins 20 words before the end of the one before it. A word is a run of characters without
/// white space. A Chinese, Japanese, Thai, Lao, Khmer or Burmese character counts as a word, and so do 30 characters of a
/// longer run. A text of at most 100 words is one passage. [`words`](Self::words) sets both numbers.
///
/// A text has at most 64 passages; a longer one is an error of kind [`Model`](crate::ErrorKind::Model), so that no part of a
/// text is left out. [`most`](Self::most) sets the bound.
///
/// A query is not split: it has one vector, so the distance of a row is that of its nearest passage.
///
/// The [identity](MultiEmbeddingModel::identity) is that of the model, with the numbers of words in its revision. So a table
/// with passages of a different length is embedded again with `reembed`.
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
    most: usize,
}

/// The largest number of words of a passage, and of passages of a text.
const MAX: usize = 1 << 16;

impl<M: EmbeddingModel> Passages<M> {
    pub(super) fn new(model: M) -> Self {
        let windows = Windows { words: 100, overlap: 20 };
        let identity = identity(&model, windows);
        Self { model, identity, windows, most: 64 }
    }

    /// Sets the largest number of words of a passage, and the number of words that it shares with the passage before it. The
    /// defaults are 100 and 20.
    ///
    /// # Errors
    /// `InvalidInput` if `words` is 0 or above 65,536, or if `overlap` is more than half of `words`.
    pub fn words(self, words: usize, overlap: usize) -> Result<Self> {
        check_positive("words", words, MAX)?;
        check_range("overlap", overlap, 0, words / 2)?;
        let windows = Windows { words, overlap };
        Ok(Self { identity: identity(&self.model, windows), windows, ..self })
    }

    /// Sets the largest number of passages of a text. The default is 64. A text with more is an error.
    ///
    /// The number is not part of the identity, so it can change without embedding the table again.
    ///
    /// # Errors
    /// `InvalidInput` if the number is 0 or above 65,536.
    pub fn most(self, passages: usize) -> Result<Self> {
        check_positive("most", passages, MAX)?;
        Ok(Self { most: passages, ..self })
    }

    /// Embeds the passages of documents, or whole queries. `uncached` bypasses the cache of the model.
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
        // A vector that bypasses the cache is compared and not stored: that of the probe text of a table.
        let most = if uncached { usize::MAX } else { self.most };
        if let Some(long) = texts.iter().find(|passages| passages.len() > most) {
            return Err(Box::new(TooManyVectors::new(&self.identity, long.len(), self.most)));
        }
        let all: Vec<&str> = texts.iter().flatten().copied().collect();
        let mut vectors = vec![Vec::new(); all.len()];
        for positions in cut(&self.model, &all) {
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

/// Returns the identity of the model with the lengths of the passages, since vectors of different passages differ.
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

    fn most_vectors(&self) -> usize {
        self.most
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
        let Self { identity, windows, most, model: _ } = self;
        f.debug_struct("Passages")
            .field("identity", identity)
            .field("windows", windows)
            .field("most", most)
            .finish()
    }
}
