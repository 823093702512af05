use std::fmt;

use super::normalize::normalize;
use super::{BatchLimits, EmbeddingModel, ModelIdentity, Role, async_trait};
use crate::error::{BoxError, Error, ErrorKind, Result};

/// A model whose vectors are cut to their first values and scaled to length one again; made by
/// [`truncated`](super::EmbeddingModelExt::truncated).
///
/// It is for models trained to put what matters most first (Matryoshka representation learning), such as
/// `text-embedding-3-large`, `nomic-embed-text-v1.5` or `mxbai-embed-large-v1`: a third of the values finds nearly as
/// well and takes a third of the space and of the time of a search. Vectors of other models lose what they are cut by.
///
/// The identity has the new dimension and says that vectors have length one. Cutting to the model's own dimension scales
/// alone.
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
            let message = format!("vectors of {full} can't be cut to {dimension} values");
            let help = format!("take 1 to {} of them", full.dimension);
            return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help));
        }
        let mut identity = full.clone().with_normalized(true);
        identity.dimension = dimension;
        Ok(Self { model, identity })
    }

    fn cut_all(&self, mut vectors: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>, BoxError> {
        vectors.iter_mut().try_for_each(|vector| self.cut(vector))?;
        Ok(vectors)
    }

    fn cut(&self, vector: &mut Vec<f32>) -> Result<(), BoxError> {
        let (full, dimension) = (self.model.identity().dimension, self.identity.dimension);
        if vector.len() != full {
            return Err(format!("the model returned {} values, its dimension is {full}", vector.len()).into());
        }
        vector.truncate(dimension);
        if normalize(vector) {
            return Ok(());
        }
        Err(format!("the first {dimension} values of a vector are zero or not finite, so it can't be scaled to length one: keep more values").into())
    }
}

#[async_trait]
impl<M: EmbeddingModel> EmbeddingModel for Truncated<M> {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.cut_all(self.model.embed(texts, role).await?)
    }

    async fn embed_anew(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.cut_all(self.model.embed_anew(texts, role).await?)
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
}

impl<M: EmbeddingModel> fmt::Debug for Truncated<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Truncated")
            .field("identity", &self.identity)
            .field("of", &self.model.identity().dimension)
            .finish()
    }
}
