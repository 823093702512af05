#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests;

use super::{BatchLimits, Cached, EmbeddingModel, Limited, Prefixed, Truncated};
use crate::error::Result;

/// What can be put around any model: a cache, prefixes, shorter vectors, other limits.
///
/// Every model has these methods, `Arc<dyn EmbeddingModel>` too. Each gives a model again, so they add up:
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
    /// Keeps the vectors of the last `capacity` different queries, see [`Cached`]. Documents are not kept unless
    /// [`Cached::with_documents`] says so. Memory is taken for what is kept and not for the capacity.
    fn cached(self, capacity: usize) -> Cached<Self> {
        Cached::new(self, capacity)
    }

    /// Puts a text before each document and each query, see [`Prefixed`]. The identity has them, so a table written
    /// without them is another model's.
    ///
    /// # Errors
    /// `InvalidInput` when the model has prefixes of its own: two would be put before each text.
    fn with_prefixes(self, document: impl Into<String>, query: impl Into<String>) -> Result<Prefixed<Self>> {
        Prefixed::new(self, document.into(), query.into())
    }

    /// Keeps the first `dimension` values of each vector, scaled to length one, see [`Truncated`].
    ///
    /// # Errors
    /// `InvalidInput` when `dimension` is 0 or more than the model's.
    fn truncated(self, dimension: usize) -> Result<Truncated<Self>> {
        Truncated::new(self, dimension)
    }

    /// Sets how much one call of the model is given and how many run at once, in place of what the model says.
    fn with_limits(self, limits: BatchLimits) -> Limited<Self> {
        Limited::new(self, limits)
    }
}

impl<M: EmbeddingModel> EmbeddingModelExt for M {}
