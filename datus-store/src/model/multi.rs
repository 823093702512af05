//! Models that produce several vectors for one text.

mod flat;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

pub(super) use self::flat::{FlatModel, TooManyVectors};

use std::sync::Arc;

use super::{BatchLimits, ModelIdentity, ModelKind, Role, async_trait};
use crate::error::BoxError;

/// Turns each text into several vectors, such as one for each passage or each token, for a field with
/// `#[datus(embed(multi))]`.
///
/// A search compares each vector of the query with all vectors of a row, and uses the nearest one (MaxSim, as in ColBERT).
/// See [the guide](crate::guide::searching). [`Passages`](super::Passages) turns any
/// [`EmbeddingModel`](super::EmbeddingModel) into a `MultiEmbeddingModel`.
///
/// The trait is async and object safe, and `Arc<dyn MultiEmbeddingModel>` implements it. The store checks the vectors like
/// those of an `EmbeddingModel`. A text without a vector, or with more than [`max_vectors`](Self::max_vectors), is an error of
/// kind [`Model`](crate::ErrorKind::Model), and nothing is written.
///
/// ```
/// use datus_store::BoxError;
/// use datus_store::model::{HashingModel, ModelIdentity, MultiEmbeddingModel, Role, async_trait};
///
/// /// Makes a vector of each line.
/// struct Lines(HashingModel, ModelIdentity);
///
/// #[async_trait]
/// impl MultiEmbeddingModel for Lines {
///     fn identity(&self) -> &ModelIdentity {
///         &self.1
///     }
///
///     async fn embed_multi(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<Vec<f32>>>, BoxError> {
///         let lines = |text: &&str| text.lines().map(|line| self.0.vector(line)).collect();
///         Ok(texts.iter().map(lines).collect())
///     }
/// }
///
/// let model = Lines(HashingModel::new(64), ModelIdentity::new("lines", 64));
/// let vectors = futures::executor::block_on(model.embed_multi(&["one\ntwo"], Role::Document)).unwrap();
/// assert_eq!(vectors[0].len(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not produce several vectors per text",
    label = "`embed(multi)` needs a model that produces several vectors per text",
    note = "split texts into passages: `model.passages()` turns any `EmbeddingModel` into such a model"
)]
#[async_trait]
pub trait MultiEmbeddingModel: Send + Sync {
    /// Returns the identity of the model. Its dimension is that of each vector. Models that split texts differently need
    /// different identities.
    fn identity(&self) -> &ModelIdentity;

    /// Embeds the texts and returns the vectors of each text, in order. Each text has one or more vectors, each with
    /// [`ModelIdentity::dimension`] finite values.
    ///
    /// # Errors
    /// Returns any error from the model. The store wraps it in an error of kind [`Model`](crate::ErrorKind::Model).
    async fn embed_multi(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<Vec<f32>>>, BoxError>;

    /// Embeds the texts like [`embed_multi`](Self::embed_multi), but bypasses any cache. The default implementation calls
    /// `embed_multi`. Stores call this method for a table's probe text, and accept any number of vectors for it.
    ///
    /// # Errors
    /// Returns the same errors as `embed_multi`.
    async fn embed_multi_uncached(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<Vec<f32>>>, BoxError> {
        self.embed_multi(texts, role).await
    }

    /// Returns the maximum number of vectors per text. The default is 1,024. A text with more vectors is an error.
    fn max_vectors(&self) -> usize {
        1024
    }

    /// Returns the limits on one call to [`embed_multi`](Self::embed_multi), and how many calls may run at once.
    fn limits(&self) -> BatchLimits {
        BatchLimits::default()
    }

    /// Returns the number of tokens in the text, like
    /// [`EmbeddingModel::count_tokens`](super::EmbeddingModel::count_tokens).
    fn count_tokens(&self, text: &str) -> usize {
        text.chars().count().div_ceil(4)
    }

    /// Returns `true` if texts leave this machine to be embedded. The default is `false`.
    fn sends_text_away(&self) -> bool {
        false
    }

    /// Returns the kind of similarity that the vectors measure. The default is [`ModelKind::Neural`].
    fn kind(&self) -> ModelKind {
        ModelKind::default()
    }
}

#[async_trait]
impl<M: MultiEmbeddingModel + ?Sized> MultiEmbeddingModel for Arc<M> {
    fn identity(&self) -> &ModelIdentity {
        (**self).identity()
    }

    async fn embed_multi(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<Vec<f32>>>, BoxError> {
        (**self).embed_multi(texts, role).await
    }

    async fn embed_multi_uncached(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<Vec<f32>>>, BoxError> {
        (**self).embed_multi_uncached(texts, role).await
    }

    fn max_vectors(&self) -> usize {
        (**self).max_vectors()
    }

    fn limits(&self) -> BatchLimits {
        (**self).limits()
    }

    fn count_tokens(&self, text: &str) -> usize {
        (**self).count_tokens(text)
    }

    fn sends_text_away(&self) -> bool {
        (**self).sends_text_away()
    }

    fn kind(&self) -> ModelKind {
        (**self).kind()
    }
}
