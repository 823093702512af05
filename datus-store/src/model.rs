//! Embedding models: the trait, a model's identity, and the model that is always there.

mod binding;
mod bounds;
mod cached;
mod checked;
mod clipped;
mod compute;
mod config;
#[cfg(any(feature = "store", feature = "openai"))]
mod cut;
#[cfg(feature = "store")]
mod embed;
mod ext;
mod hashing;
mod identity;
mod limited;
mod limits;
mod normalize;
#[cfg(feature = "openai")]
mod openai;
mod prefixed;
#[cfg(feature = "store")]
pub(crate) mod probe;
#[cfg(any(feature = "candle", feature = "onnx-runtime"))]
pub(crate) mod sentence_transformer;
mod truncated;
mod variable;

pub use async_trait::async_trait;
pub use binding::{Dynamic, IntoModels, ModelBinding, ModelFor, ModelTag, SeveralVectors};
#[cfg(feature = "store")]
pub(crate) use bounds::MOST_VALUES;
pub use cached::Cached;
pub use checked::Checked;
pub(crate) use clipped::clipped;
pub(crate) use compute::off_thread;
pub use config::ModelConfig;
#[cfg(any(feature = "store", feature = "openai"))]
pub(crate) use cut::cut;
#[cfg(feature = "store")]
pub(crate) use embed::{call, call_anew, embed};
pub use ext::EmbeddingModelExt;
pub use hashing::HashingModel;
pub use identity::ModelIdentity;
pub use limited::Limited;
pub use limits::BatchLimits;
#[cfg(feature = "store")]
pub(crate) use normalize::normalize;
#[cfg(feature = "openai")]
pub use openai::{OpenAiBuilder, OpenAiModel};
pub use prefixed::Prefixed;
#[cfg(feature = "store")]
pub use probe::PROBE_TEXT;
#[cfg(feature = "onnx-runtime")]
pub use sentence_transformer::Onnx;
#[cfg(feature = "candle")]
pub use sentence_transformer::{Candle, Device};
#[cfg(feature = "candle")]
pub(crate) use sentence_transformer::{PairClassifier, Place};
#[cfg(any(feature = "candle", feature = "onnx-runtime"))]
pub use sentence_transformer::{Pooling, Runner, SentenceTransformer, SentenceTransformerBuilder};
pub use truncated::Truncated;

#[cfg(feature = "store")]
pub use crate::backend::LanceModel;

use std::sync::Arc;

use crate::error::BoxError;

/// What a text is to the model: models for retrieval embed questions and documents differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A text that is stored and found.
    Document,
    /// A text that is searched with.
    Query,
}

/// Turns texts into vectors.
///
/// The trait is async and object safe: `Arc<dyn EmbeddingModel>` is a model too. The store checks what comes back:
/// another number of vectors, another dimension, NaN or infinity is an error of kind
/// [`Model`](crate::ErrorKind::Model), and nothing is written.
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
    /// Which model this is. It is kept with the table and compared when the table is opened.
    fn identity(&self) -> &ModelIdentity;

    /// Embeds texts: one vector of [`ModelIdentity::dimension`] finite values for each, in order.
    ///
    /// The model adds its own prefixes and normalises where its identity says so.
    ///
    /// # Errors
    /// Any error of the model; the store wraps it into one of kind [`Model`](crate::ErrorKind::Model).
    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError>;

    /// Embeds texts as [`embed`](Self::embed) does, with nothing that is kept of earlier calls.
    ///
    /// By default it is `embed`. A model that keeps vectors asks the one that makes them, and a model around another one
    /// passes the call on: `Store::verify_model` would else be answered from memory.
    ///
    /// # Errors
    /// As `embed`.
    async fn embed_anew(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.embed(texts, role).await
    }

    /// How much one call of [`embed`](Self::embed) is given, and how many calls run at once.
    fn limits(&self) -> BatchLimits {
        BatchLimits::default()
    }

    /// How many tokens the text is to the model, for [`BatchLimits::tokens`]. A model with a tokenizer counts; without
    /// one it is the number of characters divided by four, rounded up.
    fn count_tokens(&self, text: &str) -> usize {
        text.chars().count().div_ceil(4)
    }

    /// Whether texts leave this machine to be embedded. False by default.
    fn sends_text_away(&self) -> bool {
        false
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

    async fn embed_anew(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        (**self).embed_anew(texts, role).await
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
}
