//! Computes scores from columns.

mod column;
mod number;
mod operators;
mod term;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::checked_ranking::scores;
use super::{Candidate, ConvexCombination, Needs, Ranked, RerankQuery, Reranker, ScoreTerm, async_trait};
use crate::error::{BoxError, Result};
pub use number::NumberColumn;
use term::{Part, Term};

/// Returns a duration of `number` days, for [`half_life`](crate::record::Col::half_life).
///
/// ```
/// use datus_store::rerank::days;
///
/// assert_eq!(days(2).as_secs(), 172_800);
/// ```
pub const fn days(number: u32) -> Duration {
    Duration::from_secs(number as u64 * 86_400)
}

/// A score that is a sum of terms: the relevance of a row, and values of its columns.
///
/// [`relevance`](Self::relevance) creates the first term, and the methods of a column create the others:
///
/// | term | value |
/// |---|---|
/// | `Formula::relevance()` | the score of [`ConvexCombination`], from 0 to 1, or of the reranker that [`with_relevance`](Self::with_relevance) sets |
/// | `t.rating.value()` | the number; 1 for `true`, 0 for `false` |
/// | `t.stars.ln_1p()` | ln(1 + number), for counts where only the order of magnitude matters |
/// | `t.stars.saturation(100.0)` | number / (number + 100): 0 at 0, ½ at 100, and close to 1 for large numbers |
/// | `t.updated_at.half_life(days(30))` | 1 for now and later, ½ for 30 days ago, ¼ for 60 days ago |
///
/// `* 0.2` weights a term, and `+` and `-` combine terms. Only the named columns are read, and only for the candidates. Pass
/// a formula to a search with `rerank_by`, whose closure receives the columns:
///
/// ```
/// use datus_store::rerank::{Formula, days};
/// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
///
/// #[derive(EmbeddingRecord)]
/// struct Repository {
///     #[datus(key)]
///     name: String,
///     #[datus(embed, fts)]
///     description: String,
///     stars: Option<u32>,
/// }
///
/// # datus_store::block_on(async {
/// # let repositories: Store<Repository> = Database::connect("memory://").await?.store(HashingModel::default()).await?;
/// # let row = |name: &str, stars| Repository { name: name.into(), description: "parses JSON".into(), stars };
/// # repositories.add([row("a", None), row("b", Some(2000))]).await?;
/// # repositories.create_indexes().await?;
/// let hits = repositories
///     .search("parse JSON")
///     .hybrid()
///     .rerank_by(|t| Formula::relevance() + t.stars.ln_1p() * 0.05)
///     .await?;
/// assert_eq!(hits[0].record.name, "b");
/// let terms = hits[0].explain().terms;
/// assert_eq!(&*terms[1].name, "stars.ln_1p() * 0.05");
/// assert!((terms[1].value - 0.380).abs() < 0.001);
/// # Ok::<(), datus_store::Error>(())
/// # }).unwrap();
/// ```
///
/// [`Hit::explain`](crate::Hit::explain) shows each term with its value.
///
/// # Nulls and other values
/// The value of a term is 0, or the one that [`unwrap_or`](Self::unwrap_or) sets, if the column is null. The same holds if the
/// value is not a finite number: for a stored NaN or infinity, for `ln_1p` of −1 or less, and for `saturation(k)` of −k. A
/// weight or parameter that is not finite, and a half-life of zero, are errors of kind
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) that name the column. So is a column that the table lacks.
///
/// # Time
/// [`half_life`](crate::record::Col::half_life) measures age from the time of the search. Each page is a separate search, so
/// such terms can be slightly lower on a later page. [`at`](Self::at) fixes the time.
///
/// # Weights
/// The relevance of the best hit is usually between 0.5 and 1, and that of the tenth hit is about 0.2 lower. A term that
/// reaches 0.1 therefore reorders similar hits, and a term that reaches 1 outweighs the relevance. Choose weights with
/// [`evaluate`](crate::evaluate).
#[derive(Debug, Clone)]
#[must_use = "a formula does nothing until a search reranks by it"]
pub struct Formula {
    terms: Vec<Term>,
    /// The reranker whose scores are the relevance, or `None` for the default.
    relevance: Option<Arc<dyn Reranker>>,
    /// `None` for the time of the search.
    now: Option<SystemTime>,
}

impl Formula {
    /// Returns the relevance of a row to the query.
    pub fn relevance() -> Self {
        Self::of(Part::Relevance)
    }

    /// Uses the scores of another reranker, such as [`Siblings`](super::Siblings) or a cross-encoder, as relevance.
    pub fn with_relevance(mut self, relevance: impl Reranker + 'static) -> Self {
        self.relevance = Some(Arc::new(relevance));
        self
    }

    /// Sets the value for rows whose column is null, or whose value is not a finite number. The default is 0. It applies to
    /// each column of this formula, before the weight: `t.stars.ln_1p().unwrap_or(2.0) * 0.05` is 0.1 for a null.
    pub fn unwrap_or(mut self, value: f64) -> Self {
        for term in &mut self.terms {
            term.default = value;
        }
        self
    }

    /// Sets the time from which [`half_life`](crate::record::Col::half_life) measures age. The default is the time of the
    /// search.
    pub fn at(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    fn of(part: Part) -> Self {
        Self { terms: vec![Term { part, weight: 1.0, default: 0.0 }], relevance: None, now: None }
    }

    /// Returns the relevance of each candidate, or zeros if no term needs it.
    async fn relevances(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<f32>> {
        match &self.relevance {
            _ if !self.terms.iter().any(Term::is_relevance) => Ok(vec![0.0; candidates.len()]),
            Some(reranker) => scores(&**reranker, query, candidates).await,
            None => scores(&ConvexCombination::default(), query, candidates).await,
        }
    }
}

#[async_trait]
impl Reranker for Formula {
    fn name(&self) -> &str {
        "formula"
    }

    fn needs(&self) -> Needs {
        let relevance = self.relevance.as_ref().map_or_else(Needs::default, |reranker| reranker.needs());
        self.terms.iter().filter_map(Term::column).fold(relevance, Needs::with_path)
    }

    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        self.terms.iter().try_for_each(Term::check)?;
        let now = self.now.unwrap_or_else(SystemTime::now);
        let names: Vec<Arc<str>> = self.terms.iter().map(|term| term.to_string().into()).collect();
        let relevances = self.relevances(query, candidates).await?;
        let mut rows = Vec::with_capacity(candidates.len());
        for (candidate, relevance) in candidates.iter().zip(relevances) {
            let value = |(term, name): (&Term, &Arc<str>)| {
                let value = term.value(candidate, relevance, now)? as f32;
                if value.is_finite() {
                    return Ok(ScoreTerm::new(Arc::clone(name), value));
                }
                Err(term
                    .error("a term of the formula exceeds the range of a score")
                    .with_help("scale it down"))
            };
            rows.push(self.terms.iter().zip(&names).map(value).collect::<Result<Vec<ScoreTerm>>>()?);
        }
        Ok(Ranked::by_terms(rows))
    }

    fn sends_text_away(&self) -> bool {
        self.relevance.as_ref().is_some_and(|reranker| reranker.sends_text_away())
    }
}
