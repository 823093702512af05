//! Embedding models: the [`EmbeddingModel`] trait, the identity of a model, and the implementations of this crate.

#[cfg(feature = "store")]
mod absent;
mod batching;
mod binding;
pub(crate) mod bounds;
mod cached;
mod checked;
mod clipped;
mod compute;
mod config;
#[cfg(feature = "store")]
mod embed;
mod ext;
mod hashing;
#[cfg(feature = "openai")]
pub(crate) mod http;
mod identity;
mod kind;
mod limited;
mod limits;
mod multi;
mod no_model;
mod normalize;
#[cfg(feature = "openai")]
mod openai;
mod passages;
mod prefixed;
#[cfg(feature = "store")]
pub(crate) mod probe;
mod python_function;
#[cfg(any(feature = "native", feature = "candle", feature = "onnx-runtime"))]
pub(crate) mod sentence_transformer;
mod truncated;
mod variable;

#[cfg(feature = "store")]
pub(crate) use absent::AbsentModel;
pub use async_trait::async_trait;
pub(crate) use batching::split_into_batches;
#[cfg(feature = "openai")]
pub(crate) use batching::split_into_batches_by;
pub use binding::{
    AvailableModels, Dynamic, IntoModels, ModelBinding, ModelFor, ModelTag, Multi, SeveralVectors,
};
#[cfg(feature = "store")]
pub(crate) use bounds::MAX_DIMENSION as MAX_VALUES;
pub use cached::Cached;
pub use checked::Checked;
pub(crate) use clipped::clipped;
pub(crate) use compute::run_on_pool;
pub use config::ModelConfig;
#[cfg(feature = "store")]
pub(crate) use embed::{call, call_uncached, embed_texts};
pub use ext::EmbeddingModelExt;
pub use hashing::HashingModel;
pub use identity::ModelIdentity;
pub use kind::ModelKind;
pub use limited::Limited;
pub use limits::BatchLimits;
pub use multi::MultiEmbeddingModel;
pub use no_model::NoModel;
#[cfg(feature = "store")]
pub(crate) use no_model::all_available;
#[cfg(feature = "lancedb")]
pub(crate) use normalize::normalize;
#[cfg(feature = "openai")]
pub use openai::{OpenAiBuilder, OpenAiModel};
pub use passages::Passages;
pub use prefixed::Prefixed;
#[cfg(feature = "store")]
pub use probe::PROBE_TEXT;
#[cfg(feature = "store")]
pub(crate) use python_function::Arguments as PythonArguments;
pub use python_function::{PythonArgument, PythonFunction};
#[cfg(feature = "native")]
pub use sentence_transformer::Native;
#[cfg(feature = "onnx-runtime")]
pub use sentence_transformer::Onnx;
#[cfg(feature = "candle")]
pub use sentence_transformer::{Candle, Device};
#[cfg(feature = "candle")]
pub(crate) use sentence_transformer::{ModelSource, PairClassifier};
#[cfg(any(feature = "native", feature = "candle", feature = "onnx-runtime"))]
pub use sentence_transformer::{Pooling, Runner, SentenceTransformer, SentenceTransformerBuilder};
pub use truncated::Truncated;

use std::sync::Arc;

use crate::error::BoxError;

/// The role of a text. Retrieval models embed documents and queries differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// A text stored in the table.
    Document,
    /// A text to search for.
    Query,
}

/// Turns texts into vectors.
///
/// The trait is async and object safe, and `Arc<dyn EmbeddingModel>` implements it. The store checks the vectors: if their
/// number or dimension is wrong, or a value is NaN or infinite, the store returns an error of kind
/// [`Model`](crate::ErrorKind::Model) and writes nothing.
///
/// ```
/// use datus_store::BoxError;
/// use datus_store::model::{EmbeddingModel, ModelIdentity, Role, async_trait};
///
/// /// Counts vowels. Not a good model.
/// #[derive(Debug)]
/// struct Vowels(ModelIdentity);
///
/// #[async_trait]
/// impl EmbeddingModel for Vowels {
///     fn identity(&self) -> &ModelIdentity {
///         &self.0
///     }
///
///     async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
///         let count = |text: &str, vowel| text.matches(vowel).count() as f32;
///         Ok(texts.iter().map(|text| ['a', 'e', 'i', 'o', 'u'].map(|v| count(text, v)).to_vec()).collect())
///     }
/// }
///
/// let model = Vowels(ModelIdentity::new("vowels", 5));
/// assert_eq!(model.identity().dimension, 5);
/// ```
#[async_trait]
pub trait EmbeddingModel: Send + Sync {
    /// Returns the identity of the model. It is stored with the table and compared when the table is opened.
    fn identity(&self) -> &ModelIdentity;

    /// Embeds the texts and returns one vector for each, in order. Each vector has [`ModelIdentity::dimension`] finite
    /// values.
    ///
    /// If the identity has prefixes, the model adds them itself. If the identity is normalized, the model scales its vectors
    /// to unit length.
    ///
    /// # Errors
    /// Returns an error if the model fails. The store wraps it in an error of kind [`Model`](crate::ErrorKind::Model).
    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError>;

    /// Embeds the texts like [`embed`](Self::embed), but bypasses any cache.
    ///
    /// The default implementation calls `embed`. A model with a cache must call the underlying model, and a wrapper must
    /// forward the call. Otherwise, `Store::verify_model` would compare cached vectors.
    ///
    /// # Errors
    /// Returns the same errors as `embed`.
    async fn embed_uncached(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.embed(texts, role).await
    }

    /// Returns the limits of one call to [`embed`](Self::embed), and how many calls may run at once.
    fn limits(&self) -> BatchLimits {
        BatchLimits::default()
    }

    /// Returns the number of tokens in the text, for [`BatchLimits::tokens`].
    ///
    /// The default implementation estimates it: the number of characters divided by four, rounded up. A model with a
    /// tokenizer should count the tokens.
    fn count_tokens(&self, text: &str) -> usize {
        text.chars().count().div_ceil(4)
    }

    /// Returns `true` if texts leave this machine to be embedded. The default is `false`.
    fn sends_text_away(&self) -> bool {
        false
    }

    /// Returns the kind of similarity that the vectors measure. The default is [`ModelKind::Neural`].
    ///
    /// A model that compares words, such as [`HashingModel`], returns [`ModelKind::Lexical`]. A wrapper must forward the
    /// call. The kind is not part of the identity, so it can change without re-embedding the table.
    fn kind(&self) -> ModelKind {
        ModelKind::default()
    }

    /// Returns the function of LanceDB's Python client that produces the same vectors, if the client has such a function.
    /// The default is `None`.
    ///
    /// A wrapper that does not change vectors must forward the call.
    fn python_function(&self) -> Option<PythonFunction> {
        None
    }

    /// Returns the maximum number of vectors per text if this model wraps a [`MultiEmbeddingModel`], whose vectors for one
    /// text are concatenated into one `Vec`. Returns `None` for any other model. Only this crate implements this method.
    #[doc(hidden)]
    fn vectors_per_text(&self) -> Option<usize> {
        None
    }
}

#[async_trait]
impl<M: EmbeddingModel + ?Sized> EmbeddingModel for Arc<M> {
    fn identity(&self) -> &ModelIdentity {
        (**self).identity()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        (**self).embed(texts, role).await
    }

    async fn embed_uncached(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        (**self).embed_uncached(texts, role).await
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

    fn python_function(&self) -> Option<PythonFunction> {
        (**self).python_function()
    }

    fn vectors_per_text(&self) -> Option<usize> {
        (**self).vectors_per_text()
    }
}
