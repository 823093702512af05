use std::fmt;
use std::sync::Arc;

use futures::future::try_join_all;

use super::{
    BatchLimits, EmbeddingModel, ModelFor, ModelIdentity, ModelKind, ModelTag, PythonFunction, Role,
    async_trait,
};
use crate::error::BoxError;
use entries::{Cache, Lookup};

mod entries;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

/// A model with a cache for query vectors. Created by [`cached`](super::EmbeddingModelExt::cached).
///
/// The cache holds `capacity` queries and evicts the least recently used one first. An entry takes the size of the text plus
/// four bytes for each dimension. Concurrent calls for the same query embed it once. Errors are not cached: the next call
/// runs the model again. Clones share one cache.
///
/// Documents are not cached by default. A store embeds each text only once, and thousands of documents would evict the
/// queries.
///
/// ```
/// use datus_store::model::{EmbeddingModel, EmbeddingModelExt, HashingModel, Role};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let model = HashingModel::default().cached(1000);
/// let first = model.embed(&["monthly revenue"], Role::Query).await?;
/// assert_eq!(model.embed(&["monthly revenue"], Role::Query).await?, first); // from the cache
/// # Ok::<(), datus_store::BoxError>(())
/// # })?;
/// # Ok::<(), datus_store::BoxError>(())
/// ```
pub struct Cached<M> {
    cache: Arc<Cache<M>>,
    documents: bool,
}

impl<M: EmbeddingModel> Cached<M> {
    pub(super) fn new(model: M, capacity: usize) -> Self {
        Self { cache: Arc::new(Cache::new(model, capacity)), documents: false }
    }

    /// Caches documents too. Documents and queries share the capacity. A text used in both roles takes two entries.
    #[must_use]
    pub fn with_documents(self) -> Self {
        Self { documents: true, ..self }
    }
}

#[async_trait]
impl<M: EmbeddingModel + 'static> EmbeddingModel for Cached<M> {
    fn identity(&self) -> &ModelIdentity {
        self.cache.model().identity()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if role == Role::Document && !self.documents {
            return self.cache.model().embed(texts, role).await;
        }
        let vectors = self.cache.lookup(texts, role).into_iter().map(Lookup::vector);
        try_join_all(vectors).await
    }

    async fn embed_uncached(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.cache.model().embed_uncached(texts, role).await
    }

    fn limits(&self) -> BatchLimits {
        self.cache.model().limits()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.cache.model().count_tokens(text)
    }

    fn sends_text_away(&self) -> bool {
        self.cache.model().sends_text_away()
    }

    fn kind(&self) -> ModelKind {
        self.cache.model().kind()
    }

    fn python_function(&self) -> Option<PythonFunction> {
        self.cache.model().python_function()
    }
}

#[diagnostic::do_not_recommend]
impl<M: ModelFor<T> + 'static, T: ModelTag> ModelFor<T> for Cached<M> {}

impl<M> Clone for Cached<M> {
    fn clone(&self) -> Self {
        Self { cache: Arc::clone(&self.cache), documents: self.documents }
    }
}

impl<M: EmbeddingModel> fmt::Debug for Cached<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("model", self.cache.model().identity())
            .field("capacity", &self.cache.capacity())
            .field("documents", &self.documents)
            .finish()
    }
}
