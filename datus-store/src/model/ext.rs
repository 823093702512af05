#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

use super::{BatchLimits, Cached, EmbeddingModel, Limited, Passages, Prefixed, Truncated};
use crate::error::Result;

/// Wrappers for any model: a cache, prefixes, shorter vectors and different limits.
///
/// The trait is implemented for every model, including `Arc<dyn EmbeddingModel>`. Each method returns a model, so the
/// wrappers can be combined:
///
/// ```
/// use datus_store::model::{EmbeddingModel, EmbeddingModelExt, HashingModel};
///
/// let model = HashingModel::new(1024).with_prefixes("passage: ", "query: ")?.truncated(256)?.cached(1000);
/// assert_eq!(
///     model.identity().to_string(),
///     "datus/hashing@1 (256 dimensions, normalized, prefixes \"passage: \" and \"query: \")"
/// );
/// # Ok::<(), datus_store::Error>(())
/// ```
pub trait EmbeddingModelExt: EmbeddingModel + Sized {
    /// Caches the vectors of the `capacity` most recently used queries; see [`Cached`].
    ///
    /// Documents are not cached unless you call [`Cached::with_documents`]. Memory use grows with the number of entries, not
    /// with the capacity.
    fn cached(self, capacity: usize) -> Cached<Self> {
        Cached::new(self, capacity)
    }

    /// Adds a prefix to each document and each query; see [`Prefixed`].
    ///
    /// The prefixes become part of the identity, so a table written without them belongs to a different model.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if the model already adds prefixes, because each text would get two prefixes.
    fn with_prefixes(self, document: impl Into<String>, query: impl Into<String>) -> Result<Prefixed<Self>> {
        Prefixed::new(self, document.into(), query.into())
    }

    /// Keeps the first `dimension` values of each vector and scales the result to unit length; see [`Truncated`].
    ///
    /// # Errors
    /// Fails with `InvalidInput` if `dimension` is 0 or larger than the model's dimension.
    fn truncated(self, dimension: usize) -> Result<Truncated<Self>> {
        Truncated::new(self, dimension)
    }

    /// Splits each document into passages and computes one vector for each passage, for a field with `embed(multi)`; see
    /// [`Passages`].
    ///
    /// By default, passages have at most 100 words and an overlap of 20 words, and a text has at most 64 passages.
    fn passages(self) -> Passages<Self> {
        Passages::new(self)
    }

    /// Replaces the limits of the model: the size of one call and the number of concurrent calls.
    fn with_limits(self, limits: BatchLimits) -> Limited<Self> {
        Limited::new(self, limits)
    }
}

impl<M: EmbeddingModel> EmbeddingModelExt for M {}
