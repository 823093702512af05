mod select;

use std::sync::Arc;

use super::legs::min_max;
use super::vector_space::VectorSpace;
use super::{Candidate, ConvexCombination, Needs, Ranked, RerankQuery, Reranker, async_trait};
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::model::run_on_pool;
use select::select;

/// Maximal marginal relevance, which prefers rows that match the query and differ from the rows above them.
///
/// The most relevant candidate comes first. Each subsequent position goes to the candidate with the highest
/// `λ · relevance − (1 − λ) · similarity`, where `similarity` is its similarity to the most similar row above it (Carbonell
/// and Goldstein, *The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries*, SIGIR
/// 1998). This value, from −1 to 1, is the score. As a result, copies of the best row do not fill the page.
///
/// λ is 0.7 by default, which the paper suggests for focusing on the most relevant rows. It suggests 0.3 for an overview.
/// With 1, rows are ordered by relevance only. With 0, only the differences between rows count. Low values promote
/// candidates from the end of the list, which match the query poorly.
///
/// # Relevance
/// In a vector search, the relevance of a row is the similarity of its vector to the query vector, on the scale below. In a
/// hybrid or full-text search, it is the score of [`ConvexCombination`], scaled to the range from 0 to 1 over the
/// candidates. With [`with_relevance`](Self::with_relevance), it is the score of another reranker, scaled in the same way.
///
/// # Similarity
/// The similarity of two vectors ranges from 0 to 1 and depends on the metric of the vector column. *M* is the length of the
/// longest vector, including the query vector:
///
/// | metric | similarity of *a* and *b* |
/// |---|---|
/// | cosine | (1 + cos(*a*, *b*)) / 2, where the cosine with a zero vector is 0 |
/// | dot | (1 + *a*·*b* / *M*²) / 2 |
/// | l2 | 1 − ‖*a* − *b*‖² / 4*M*² |
///
/// For unit vectors, all three are equal. A full-text search can find a candidate without a vector. Its similarity to any
/// row is ½, as for orthogonal vectors.
///
/// # Cost
/// Diversity lowers recall if several similar rows are correct answers. In a vector search with a λ of 0.7, recall@5 fell from
/// .658 to .601 with `HashingModel` and from .741 to .643 with all-MiniLM-L6-v2 (1,400 questions about 876 tables; the drop was
/// .04 to .11 on five of six sets). In a hybrid search, whose relevance is scaled to the range from 0 to 1, it fell by .013 at
/// most.
///
/// The search reads the vectors of the candidates. Ranking computes *candidates* × *top_n* similarities, where
/// [`top_n`](RerankQuery::top_n) is offset plus limit. The remaining candidates are ordered by their scores after the last
/// of these positions is filled.
///
/// # Pages
/// Rows are compared only within one block of candidates. A later page can start a new block, whose rows are not compared
/// with those of earlier blocks.
///
/// ```
/// use datus_store::rerank::{Candidate, Leg, Mmr, RerankQuery, Reranker};
///
/// # fn main() -> Result<(), datus_store::BoxError> {
/// let query = RerankQuery::default().with_vector([1.0, 0.0]);
/// let candidates = [
///     Candidate::default().with_nearest(Leg::new(1, 0.01)).with_vector([0.99, 0.14]),
///     Candidate::default().with_nearest(Leg::new(2, 0.01)).with_vector([0.99, 0.14]), // a copy of the first
///     Candidate::default().with_nearest(Leg::new(3, 0.20)).with_vector([0.80, -0.60]),
/// ];
/// let ranking = futures::executor::block_on(Mmr::default().with_lambda(0.5).rerank(&query, &candidates))?;
/// let order: Vec<usize> = ranking.iter().map(|ranked| ranked.candidate).collect();
/// assert_eq!(order, [0, 2, 1]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Mmr {
    lambda: f32,
    /// The reranker whose scores are the relevance, or `None` for the default relevance.
    relevance: Option<Arc<dyn Reranker>>,
}

impl Mmr {
    /// Sets λ, from 0 (only differences count) to 1 (only relevance counts). The default is 0.7.
    ///
    /// With a value outside this range, the search fails with [`InvalidInput`](crate::ErrorKind::InvalidInput).
    #[must_use]
    pub fn with_lambda(mut self, lambda: f32) -> Self {
        self.lambda = lambda;
        self
    }

    /// Uses the scores of another reranker, such as [`Weighted`](super::Weighted) or a cross-encoder, as relevance.
    #[must_use]
    pub fn with_relevance(mut self, relevance: impl Reranker + 'static) -> Self {
        self.relevance = Some(Arc::new(relevance));
        self
    }

    fn checked_lambda(&self) -> Result<f32> {
        if (0.0..=1.0).contains(&self.lambda) {
            return Ok(self.lambda);
        }
        let what = format!("`Mmr`'s λ is {}, but it must be from 0 to 1", self.lambda);
        Err(Error::new(ErrorKind::InvalidInput, what).with_help("set it with `.with_lambda(…)`"))
    }

    /// Returns the relevance of each candidate, from 0 to 1.
    async fn relevance(
        &self,
        query: &RerankQuery,
        candidates: &[Candidate],
        space: &VectorSpace,
    ) -> Result<Vec<f32>, BoxError> {
        let has_full_text = candidates.iter().any(|candidate| candidate.full_text.is_some());
        let ranking = match &self.relevance {
            Some(reranker) => super::checked_ranking(reranker, query, candidates).await?,
            None if has_full_text || !space.has_query() => {
                ConvexCombination::default().rerank(query, candidates).await?
            }
            None => return Ok((0..candidates.len()).map(|row| space.similarity_to_query(row)).collect()),
        };
        let mut scores = vec![None; candidates.len()];
        for Ranked { candidate, score, .. } in ranking {
            if let Some(slot) = scores.get_mut(candidate) {
                *slot = Some(f64::from(score));
            }
        }
        Ok(min_max(scores.into_iter()).map(|score| score as f32).collect())
    }
}

impl Default for Mmr {
    /// Creates a reranker with a λ of 0.7 and the default relevance.
    fn default() -> Self {
        Self { lambda: 0.7, relevance: None }
    }
}

#[async_trait]
impl Reranker for Mmr {
    fn name(&self) -> &str {
        "mmr"
    }

    fn needs(&self) -> Needs {
        let relevance = self.relevance.as_ref().map_or_else(Needs::default, |reranker| reranker.needs());
        relevance.with_vectors()
    }

    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        let lambda = self.checked_lambda()?;
        let space = VectorSpace::new("Mmr", query, candidates)?;
        let relevance = self.relevance(query, candidates, &space).await?;
        let top_n = query.top_n.unwrap_or(candidates.len());
        run_on_pool(move || select(&relevance, lambda, top_n, |a, b| space.similarity(a, b))).await
    }

    fn sends_text_away(&self) -> bool {
        self.relevance.as_ref().is_some_and(|reranker| reranker.sends_text_away())
    }
}
