use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::binding::check_tag;
use super::{
    BatchLimits, EmbeddingModel, ModelFor, ModelIdentity, ModelKind, ModelTag, PythonFunction, Role,
    async_trait,
};
use crate::error::{BoxError, Result};

/// A model chosen at run time whose identity was checked against a compile-time tag.
///
/// ```
/// use datus_store::model::{Checked, HashingModel, ModelTag};
///
/// struct Hashing256;
/// impl ModelTag for Hashing256 {
///     const ID: &'static str = HashingModel::ID;
///     const DIMENSION: usize = 256;
/// }
///
/// assert!(Checked::<Hashing256>::new(HashingModel::new(256)).is_ok());
/// assert!(Checked::<Hashing256>::new(HashingModel::new(512)).is_err());
/// ```
pub struct Checked<T> {
    model: Arc<dyn EmbeddingModel>,
    tag: PhantomData<fn() -> T>,
}

impl<T: ModelTag> Checked<T> {
    /// Wraps the model if its id and dimension match those of the tag.
    ///
    /// # Errors
    /// Fails with `Model` if they differ, naming the tag and the model.
    pub fn new(model: impl EmbeddingModel + 'static) -> Result<Self> {
        check_tag::<T>(model.identity())?;
        Ok(Self { model: Arc::new(model), tag: PhantomData })
    }
}

#[async_trait]
impl<T: ModelTag> EmbeddingModel for Checked<T> {
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

    fn python_function(&self) -> Option<PythonFunction> {
        self.model.python_function()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ModelTag> ModelFor<T> for Checked<T> {}

impl<T> Clone for Checked<T> {
    fn clone(&self) -> Self {
        Self { model: Arc::clone(&self.model), tag: PhantomData }
    }
}

impl<T> fmt::Debug for Checked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Checked").field(self.model.identity()).finish()
    }
}
