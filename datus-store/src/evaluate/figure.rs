use std::fmt;

/// A figure of a [`Report`](super::Report): a metric with its cutoff rank.
///
/// ```
/// use datus_store::evaluate::Figure;
///
/// assert_eq!(Figure::Ndcg(10).to_string(), "nDCG@10");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Figure {
    /// The mean recall, see [`recall_at`](super::metric::recall_at).
    Recall(usize),
    /// The mean reciprocal rank, see [`reciprocal_rank_at`](super::metric::reciprocal_rank_at).
    Mrr(usize),
    /// The mean nDCG, see [`ndcg_at`](super::metric::ndcg_at).
    Ndcg(usize),
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recall(k) => write!(f, "recall@{k}"),
            Self::Mrr(k) => write!(f, "MRR@{k}"),
            Self::Ndcg(k) => write!(f, "nDCG@{k}"),
        }
    }
}
