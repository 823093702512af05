//! Rerankers, which determine the final order of the rows that a search finds.

mod candidate;
mod checked_ranking;
mod convex;
#[cfg(feature = "candle")]
mod cross_encoder;
mod feedback;
mod formula;
mod legs;
mod mmr;
mod needs;
mod private;
mod ranked;
#[cfg(feature = "openai")]
mod remote;
mod rrf;
mod siblings;
#[cfg(test)]
mod tests;
mod vector_space;
mod weighted;

pub use crate::model::async_trait;
#[cfg(feature = "store")]
pub(crate) use candidate::StoredValue;
pub use candidate::{Candidate, Leg, RerankQuery};
pub(crate) use checked_ranking::checked_ranking;
pub use convex::ConvexCombination;
#[cfg(feature = "candle")]
pub use cross_encoder::{CrossEncoder, CrossEncoderBuilder, Scale};
pub use feedback::PseudoRelevanceFeedback;
pub use formula::{Formula, NumberColumn, days};
pub use mmr::Mmr;
pub use needs::Needs;
pub(crate) use private::check_private;
pub use ranked::{Ranked, ScoreTerm};
#[cfg(feature = "openai")]
pub use remote::{RemoteReranker, RemoteRerankerBuilder, RerankApi};
pub use rrf::Rrf;
pub use siblings::Siblings;
pub use weighted::Weighted;

use std::fmt;
use std::sync::Arc;

use crate::error::BoxError;

/// Determines the final order of the rows that a search finds.
///
/// The trait is async and object safe, and `Arc<dyn Reranker>` implements it. A reranker receives the candidates that the
/// legs of a search found, at most a few hundred, and does not access the table. Each candidate has its ranks and scores,
/// and its text, vector and columns if [`needs`](Self::needs) requests them.
///
/// The search checks the ranking. It must contain each candidate exactly once, best first, with finite scores that never
/// increase. If the ranking violates this, or the reranker fails, the search fails with an error of kind
/// [`Reranker`](crate::ErrorKind::Reranker). It does not fall back to a different order.
///
/// The search orders rows with equal scores by their keys, so that repeated searches return the same results. If texts or
/// vectors are read, the reranker also receives the candidates in key order.
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
    /// Returns the name of the reranker, for errors and `explain()`.
    fn name(&self) -> &str;

    /// Returns the data that the reranker needs in addition to ranks and scores. By default, it needs nothing. Texts,
    /// vectors and columns are read only on request.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Ranks the candidates. The ranking contains each of them once, best first, by its position in `candidates`.
    ///
    /// # Errors
    /// Any error from the reranker. The search wraps it in an error of kind [`Reranker`](crate::ErrorKind::Reranker), except
    /// for an [`Error`](crate::Error), which keeps its kind.
    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError>;

    /// Returns `true` if texts leave this machine to be ranked. The default is `false`.
    ///
    /// If it returns `true`, a search whose reranker reads a `#[datus(private)]` field fails with an error of kind
    /// [`Reranker`](crate::ErrorKind::Reranker) before any row is read. A reranker that wraps another reranker must forward
    /// the call.
    fn sends_text_away(&self) -> bool {
        false
    }
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

    fn sends_text_away(&self) -> bool {
        (**self).sends_text_away()
    }
}
