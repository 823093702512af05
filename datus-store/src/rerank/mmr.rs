mod select;
mod similarity;

use std::sync::Arc;

use super::legs::min_max;
use super::{Candidate, Needs, Ranked, RerankQuery, Reranker, Rrf, async_trait};
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::model::off_thread;
use select::select;
use similarity::Space;

/// Maximal marginal relevance: rows that match the query and differ from those above them.
///
/// The first place goes to the most relevant candidate. Each further place goes to the one with the greatest
/// `λ · relevance − (1 − λ) · similarity`, where the similarity is that to the most similar row above it (Carbonell and
/// Goldstein, *The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries*, SIGIR
/// 1998). The result is the score, from −1 to 1. So ten copies of the best row do not fill the page.
///
/// λ is 0.7 by default, the value that the paper names for looking at the most important part of the rows; it
/// names 0.3 for getting an overview. 1 keeps the order of relevance, 0 looks at nothing but the differences. Lower values
/// bring in rows from the far end of the candidates, which match little.
///
/// # Relevance
/// In a vector search it is the similarity of the row's vector to the query's, on the same scale as that of two rows.
/// In a hybrid or full text search it is the score of [`Rrf`], brought to a scale of 0 to 1 over the candidates. With
/// [`over`](Self::over) it is that of another reranker, brought to the same scale, in any search.
///
/// # Similarity
/// From 0 to 1, by the metric of the vector column. *M* is the length of the longest vector, the query's among them:
///
/// | metric | similarity of *a* and *b* |
/// |---|---|
/// | cosine | (1 + cos(*a*, *b*)) / 2; a vector of zeros has a cosine of 0 |
/// | dot | (1 + *a*·*b* / *M*²) / 2 |
/// | l2 | 1 − ‖*a* − *b*‖² / 4*M*² |
///
/// Of vectors of length one all three are the same. A candidate without a vector, as full text search can find, is as
/// similar to any row as vectors at right angles are: ½.
///
/// # Cost
/// The vectors of the candidates are read. Ranking them takes *candidates* × *places* similarities, where
/// [`places`](RerankQuery::places) is offset and limit together; those behind are ranked by how they stood when the last
/// of these was chosen.
///
/// # Pages
/// Rows differ from those above them in one block of candidates: further pages draw from blocks of their own, whose rows
/// are not compared with those before.
///
/// ```
/// use datus_store::rerank::{Candidate, Leg, Mmr, RerankQuery, Reranker};
///
/// # fn main() -> Result<(), datus_store::BoxError> {
/// let query = RerankQuery::default().with_vector([1.0, 0.0]);
/// let candidates = [
///     Candidate::default().with_nearest(Leg::new(1, 0.01)).with_vector([0.99, 0.14]),
///     Candidate::default().with_nearest(Leg::new(2, 0.01)).with_vector([0.99, 0.14]), // the same again
///     Candidate::default().with_nearest(Leg::new(3, 0.20)).with_vector([0.80, -0.60]),
/// ];
/// let ranking = futures::executor::block_on(Mmr::default().with_lambda(0.5).rerank(&query, &candidates))?;
/// let order: Vec<usize> = ranking.iter().map(|place| place.candidate).collect();
/// assert_eq!(order, [0, 2, 1]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Mmr {
    lambda: f32,
    /// What says how relevant a row is; `None` for the search's own measure.
    relevance: Option<Arc<dyn Reranker>>,
}

impl Mmr {
    /// Sets λ: from 0, differences alone, to 1, relevance alone. 0.7 by default.
    ///
    /// Another value is an error of kind [`InvalidInput`](crate::ErrorKind::InvalidInput) when the search runs.
    #[must_use]
    pub fn with_lambda(mut self, lambda: f32) -> Self {
        self.lambda = lambda;
        self
    }

    /// Takes the relevance of rows from another reranker, such as [`Weighted`](super::Weighted) or a cross-encoder.
    #[must_use]
    pub fn over(mut self, relevance: impl Reranker + 'static) -> Self {
        self.relevance = Some(Arc::new(relevance));
        self
    }

    fn checked_lambda(&self) -> Result<f32> {
        if (0.0..=1.0).contains(&self.lambda) {
            return Ok(self.lambda);
        }
        let what = format!("`Mmr` cannot weigh relevance with a λ of {}", self.lambda);
        Err(Error::new(ErrorKind::InvalidInput, what)
            .with_help("give `.with_lambda(…)` a number from 0 to 1"))
    }

    /// How relevant each candidate is, from 0 to 1.
    async fn relevance(
        &self,
        query: &RerankQuery,
        candidates: &[Candidate],
        space: &Space,
    ) -> Result<Vec<f32>, BoxError> {
        let by_words = candidates.iter().any(|candidate| candidate.full_text.is_some());
        let ranking = match &self.relevance {
            Some(reranker) => super::rerank(reranker, query, candidates).await?,
            None if by_words || !space.has_query() => Rrf::default().rerank(query, candidates).await?,
            None => return Ok((0..candidates.len()).map(|row| space.to_query(row)).collect()),
        };
        let mut scores = vec![None; candidates.len()];
        for Ranked { candidate, score } in ranking {
            if let Some(place) = scores.get_mut(candidate) {
                *place = Some(f64::from(score));
            }
        }
        Ok(min_max(scores.into_iter()).map(|score| score as f32).collect())
    }
}

impl Default for Mmr {
    /// With a λ of 0.7, and the search's own relevance.
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
        let space = Space::of(query, candidates)?;
        let relevance = self.relevance(query, candidates, &space).await?;
        let places = query.places.unwrap_or(candidates.len());
        off_thread(move || select(&relevance, lambda, places, |a, b| space.similarity(a, b))).await
    }
}
