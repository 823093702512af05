use std::fmt;

use super::normalize::normalize;
use super::{BatchLimits, EmbeddingModel, ModelIdentity, ModelKind, Role, async_trait};
use crate::error::{BoxError, Error, ErrorKind, Result};

/// A model whose vectors are truncated to their first values and scaled to unit length. Created by
/// [`truncated`](super::EmbeddingModelExt::truncated).
///
/// Use it with models trained with Matryoshka representation learning, such as `text-embedding-3-large`,
/// `nomic-embed-text-v1.5` or `mxbai-embed-large-v1`. They put the most important information first: a third of the values
/// yields nearly the same search results, in a third of the space and search time. The vectors of other models lose
/// information in proportion to what is removed.
///
/// The identity has the new dimension and is normalized. Truncating to the full dimension only scales the vectors.
///
/// ```
/// use datus_store::model::{EmbeddingModel, EmbeddingModelExt, HashingModel};
///
/// let model = HashingModel::new(1024);
/// assert!(model.clone().truncated(2048).is_err());
/// assert_eq!(model.truncated(256)?.identity().dimension, 256);
/// # Ok::<(), datus_store::Error>(())
/// ```
#[derive(Clone)]
pub struct Truncated<M> {
    model: M,
    identity: ModelIdentity,
}

impl<M: EmbeddingModel> Truncated<M> {
    pub(super) fn new(model: M, dimension: usize) -> Result<Self> {
        let full = model.identity();
        if dimension == 0 || dimension > full.dimension {
            let message = format!("the vectors of {full} cannot be truncated to {dimension} values");
            let help = format!("keep from 1 to {} values", full.dimension);
            return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help));
        }
        let mut identity = full.clone().with_normalized(true);
        identity.dimension = dimension;
        Ok(Self { model, identity })
    }

    fn truncate_all(&self, mut vectors: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>, BoxError> {
        vectors.iter_mut().try_for_each(|vector| self.truncate(vector))?;
        Ok(vectors)
    }

    fn truncate(&self, vector: &mut Vec<f32>) -> Result<(), BoxError> {
        let (full, dimension) = (self.model.identity().dimension, self.identity.dimension);
        if vector.len() != full {
            let message = format!("the model returned {} values, but its dimension is {full}", vector.len());
            return Err(message.into());
        }
        vector.truncate(dimension);
        if normalize(vector) {
            return Ok(());
        }
        let message = format!(
            "a vector cannot be scaled to unit length, because its first {dimension} values are zero or not finite"
        );
        Err(Error::new(ErrorKind::Model, message).with_help("keep more values").into())
    }
}

#[async_trait]
impl<M: EmbeddingModel> EmbeddingModel for Truncated<M> {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.truncate_all(self.model.embed(texts, role).await?)
    }

    async fn embed_uncached(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.truncate_all(self.model.embed_uncached(texts, role).await?)
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

impl<M: EmbeddingModel> fmt::Debug for Truncated<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Truncated")
            .field("identity", &self.identity)
            .field("of", &self.model.identity().dimension)
            .finish()
    }
}
