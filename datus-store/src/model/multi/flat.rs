//! Adapts models with several vectors per text to the interface that stores call.

use std::fmt;

use super::MultiEmbeddingModel;
use crate::error::BoxError;
#[cfg(feature = "store")]
use crate::error::{Error, ErrorKind};
use crate::model::{BatchLimits, EmbeddingModel, ModelIdentity, ModelKind, Role, async_trait};

/// A model with several vectors per text, which are concatenated into one `Vec`, so that stores handle it like any other
/// model.
pub(in crate::model) struct FlatModel<M>(pub(in crate::model) M);

impl<M: MultiEmbeddingModel> FlatModel<M> {
    /// Concatenates the vectors of each text. Fails if a text has no vector or more than `max`, or if a dimension is
    /// wrong.
    fn join(&self, texts: Vec<Vec<Vec<f32>>>, max: usize) -> Result<Vec<Vec<f32>>, BoxError> {
        let dimension = self.0.identity().dimension;
        texts
            .into_iter()
            .enumerate()
            .map(|(text, vectors)| self.check(text, &vectors, dimension, max).map(|()| vectors.concat()))
            .collect()
    }

    fn check(&self, text: usize, vectors: &[Vec<f32>], dimension: usize, max: usize) -> Result<(), BoxError> {
        let problem = if vectors.is_empty() {
            format!("no vector for text {text} of a call")
        } else if vectors.len() > max {
            return Err(Box::new(TooManyVectors::new(self.0.identity(), vectors.len(), max)));
        } else if let Some(other) = vectors.iter().find(|vector| vector.len() != dimension) {
            format!(
                "a vector of {} values for text {text} of a call, but its dimension is {dimension}",
                other.len()
            )
        } else {
            return Ok(());
        };
        Err(format!("the model returned {problem}").into())
    }
}

#[async_trait]
impl<M: MultiEmbeddingModel> EmbeddingModel for FlatModel<M> {
    fn identity(&self) -> &ModelIdentity {
        self.0.identity()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.join(self.0.embed_multi(texts, role).await?, self.0.max_vectors())
    }

    async fn embed_uncached(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        // These vectors are compared and not stored, so their number does not matter.
        self.join(self.0.embed_multi_uncached(texts, role).await?, usize::MAX)
    }

    fn limits(&self) -> BatchLimits {
        self.0.limits()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.0.count_tokens(text)
    }

    fn sends_text_away(&self) -> bool {
        self.0.sends_text_away()
    }

    fn kind(&self) -> ModelKind {
        self.0.kind()
    }

    fn vectors_per_text(&self) -> Option<usize> {
        Some(self.0.max_vectors())
    }
}

/// The error for a text with more vectors than the model permits.
#[derive(Debug)]
pub(in crate::model) struct TooManyVectors {
    model: String,
    vectors: usize,
    max: usize,
}

impl TooManyVectors {
    pub(in crate::model) fn new(model: &ModelIdentity, vectors: usize, max: usize) -> Self {
        Self { model: model.id.clone(), vectors, max }
    }

    #[cfg(feature = "store")]
    pub(in crate::model) fn into_error(self) -> Error {
        Error::new(ErrorKind::Model, self.to_string()).with_help(
            "split the text across several rows, or permit more vectors, as with `Passages::max_passages(n)`",
        )
    }
}

impl fmt::Display for TooManyVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, vectors, max } = self;
        write!(f, "a text has {vectors} vectors, but the model `{model}` permits at most {max}")
    }
}

impl std::error::Error for TooManyVectors {}
