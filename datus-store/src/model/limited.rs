use std::fmt;

use super::{
    BatchLimits, EmbeddingModel, ModelFor, ModelIdentity, ModelKind, ModelTag, PythonFunction, Role,
    async_trait,
};
use crate::error::BoxError;

/// A model with different call limits. Created by [`with_limits`](super::EmbeddingModelExt::with_limits).
///
/// ```
/// use datus_store::model::{EmbeddingModel, EmbeddingModelExt, HashingModel};
///
/// let model = HashingModel::default();
/// let limits = model.limits().with_texts(64);
/// assert_eq!(model.with_limits(limits).limits().texts, 64);
/// ```
#[derive(Clone)]
pub struct Limited<M> {
    model: M,
    limits: BatchLimits,
}

impl<M: EmbeddingModel> Limited<M> {
    pub(super) fn new(model: M, limits: BatchLimits) -> Self {
        Self { model, limits }
    }
}

#[async_trait]
impl<M: EmbeddingModel> EmbeddingModel for Limited<M> {
    fn identity(&self) -> &ModelIdentity {
        self.model.identity()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.model.embed(texts, role).await
    }

    async fn embed_uncached(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.model.embed_uncached(texts, role).await
    }

    fn limits(&self) -> BatchLimits {
        self.limits
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

    fn python_function(&self) -> Option<PythonFunction> {
        self.model.python_function()
    }
}

#[diagnostic::do_not_recommend]
impl<M: ModelFor<T>, T: ModelTag> ModelFor<T> for Limited<M> {}

impl<M: EmbeddingModel> fmt::Debug for Limited<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, limits } = self;
        f.debug_struct("Limited").field("model", model.identity()).field("limits", limits).finish()
    }
}
