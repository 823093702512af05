//! Rerankers: what puts the rows that a search found into their final order.

mod candidate;
#[cfg(feature = "candle")]
mod cross_encoder;
mod legs;
mod mmr;
mod ranked;
mod rrf;
#[cfg(test)]
mod tests;
mod weighted;

pub use crate::model::async_trait;
pub use candidate::{Candidate, Leg, Needs, RerankQuery};
#[cfg(feature = "candle")]
pub use cross_encoder::{CrossEncoder, CrossEncoderBuilder, Scale};
pub use mmr::Mmr;
pub use ranked::Ranked;
pub(crate) use ranked::rerank;
pub use rrf::Rrf;
pub use weighted::Weighted;

use std::fmt;
use std::sync::Arc;

use crate::error::BoxError;

/// Puts the rows that a search found into their final order.
///
/// The trait is async and object safe: `Arc<dyn Reranker>` is a reranker too. A reranker sees up to some hundred
/// candidates, those that the legs of the search found, and not the table. It is given ranks, scores and, where
/// [`needs`](Self::needs) asks for them, texts and vectors.
///
/// The search checks what comes back. Each candidate must be there exactly once, best first; scores are finite and
/// never rise along the ranking. Anything else is an error of kind [`Reranker`](crate::ErrorKind::Reranker), and so is a
/// failure: there is no falling back to another order.
///
/// Rows with equal scores are put in the order of their keys, whatever order they came in, so a search has the same
/// results each time. Where texts or vectors are read, candidates come in the order of their keys too.
///
/// ```
/// use datus_store::BoxError;
/// use datus_store::rerank::{Candidate, Needs, Ranked, RerankQuery, Reranker, async_trait};
///
/// /// Prefers short texts.
/// #[derive(Debug)]
/// struct ShortFirst;
///
/// #[async_trait]
/// impl Reranker for ShortFirst {
///     fn name(&self) -> &str {
///         "short first"
///     }
///
///     fn needs(&self) -> Needs {
///         Needs::default().with_texts()
///     }
///
///     async fn rerank(&self, _query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
///         let length = |candidate: &Candidate| candidate.text.as_ref().map_or(0, |text| text.chars().count());
///         Ok(Ranked::by_score(candidates.iter().map(|candidate| 1.0 / (1.0 + length(candidate) as f32))))
///     }
/// }
///
/// # fn main() -> Result<(), BoxError> {
/// let texts = ["a long text", "short"];
/// let candidates = texts.map(|text| Candidate::default().with_text(text));
/// let ranking = futures::executor::block_on(ShortFirst.rerank(&RerankQuery::default(), &candidates))?;
/// assert_eq!(ranking[0].candidate, 1);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Reranker: fmt::Debug + Send + Sync {
    /// What it is called in errors and in `explain()`.
    fn name(&self) -> &str;

    /// What it needs beside ranks and scores: nothing by default. Texts and vectors are read for those that ask.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Ranks the candidates: each of them once, best first, by its position in `candidates`.
    ///
    /// # Errors
    /// Any error of the reranker. The search wraps it into one of kind [`Reranker`](crate::ErrorKind::Reranker), unless
    /// it is an [`Error`](crate::Error), which keeps its kind.
    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError>;
}

#[async_trait]
impl<R: Reranker + ?Sized> Reranker for Arc<R> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn needs(&self) -> Needs {
        (**self).needs()
    }

    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        (**self).rerank(query, candidates).await
    }
}
