use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// A part of a score, which explains it. A ranking can have terms, and [`Hit::explain`](crate::Hit::explain) returns them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ScoreTerm {
    /// The name, such as `stars.ln_1p() * 0.05`.
    pub name: Arc<str>,
    /// The amount that the term adds to the score.
    pub value: f32,
}

impl ScoreTerm {
    /// Creates a term.
    pub fn new(name: impl Into<Arc<str>>, value: f32) -> Self {
        Self { name: name.into(), value }
    }
}

impl Serialize for ScoreTerm {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut term = serializer.serialize_struct("ScoreTerm", 2)?;
        term.serialize_field("name", &*self.name)?;
        term.serialize_field("value", &self.value)?;
        term.end()
    }
}

/// An entry of a ranking.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ranked {
    /// The position among the candidates, starting at 0.
    pub candidate: usize,
    /// The score. Higher is better. The scale depends on the reranker.
    pub score: f32,
    /// The terms of the score, or none if the reranker does not explain its scores.
    pub terms: Vec<ScoreTerm>,
}

impl Ranked {
    /// Creates an entry from a candidate's position, counted from 0, and its score.
    pub fn new(candidate: usize, score: f32) -> Self {
        Self { candidate, score, terms: Vec::new() }
    }

    /// Sets the terms of the score.
    #[must_use]
    pub fn with_terms(mut self, terms: Vec<ScoreTerm>) -> Self {
        self.terms = terms;
        self
    }

    /// Creates a ranking from the score of each candidate, in the order of the candidates.
    ///
    /// The highest score comes first. Candidates with equal scores keep their order.
    ///
    /// ```
    /// use datus_store::rerank::Ranked;
    ///
    /// let ranking = Ranked::by_score([0.5, 0.9, 0.5]);
    /// assert_eq!(ranking, [Ranked::new(1, 0.9), Ranked::new(0, 0.5), Ranked::new(2, 0.5)]);
    /// ```
    pub fn by_score(scores: impl IntoIterator<Item = f32>) -> Vec<Self> {
        let scores = scores.into_iter().enumerate();
        // Adding 0.0 turns -0.0 into 0.0, because `total_cmp` would not treat them as equal.
        let mut ranking: Vec<Self> =
            scores.map(|(candidate, score)| Self::new(candidate, score + 0.0)).collect();
        ranking.sort_by(|a, b| b.score.total_cmp(&a.score));
        ranking
    }

    /// Creates a ranking from the terms of each candidate, in the order of the candidates. A candidate's score is the sum of
    /// its terms.
    pub(super) fn by_terms(candidates: Vec<Vec<ScoreTerm>>) -> Vec<Self> {
        let sum = |terms: &Vec<ScoreTerm>| terms.iter().map(|term| f64::from(term.value)).sum::<f64>() as f32;
        let mut ranking = Self::by_score(candidates.iter().map(sum));
        let mut candidates: Vec<Option<Vec<ScoreTerm>>> = candidates.into_iter().map(Some).collect();
        for ranked in &mut ranking {
            let terms = candidates.get_mut(ranked.candidate).and_then(Option::take);
            ranked.terms = terms.unwrap_or_default();
        }
        ranking
    }
}
