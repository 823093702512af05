//! The measures of one ranked result, as pure functions.
//!
//! A result is given by the grades of its keys, best rank first. A key that is not relevant has grade 0. Ranks are counted
//! from 1, and the functions consider only ranks up to `k`.

/// Returns the recall: the fraction of the relevant keys that are among the first `k`, from 0 to 1. Returns 0 if no key is
/// relevant.
///
/// `relevant` is the total number of relevant keys. If it exceeds `k`, the recall is always below 1. See Manning, Raghavan
/// and Schütze, *Introduction to Information Retrieval*, 2008, section 8.3.
///
/// ```
/// use datus_store::evaluate::measure::recall_at;
///
/// // One of three relevant keys is at rank 1, one is at rank 4, and one is missing.
/// assert_eq!(recall_at(&[1, 0, 0, 1], 3, 4), 2.0 / 3.0);
/// assert_eq!(recall_at(&[1, 0, 0, 1], 3, 2), 1.0 / 3.0);
/// ```
pub fn recall_at(grades: &[u32], relevant: usize, k: usize) -> f64 {
    if relevant == 0 {
        return 0.0;
    }
    let found = grades.iter().take(k).filter(|grade| **grade > 0).count();
    found as f64 / relevant as f64
}

/// Returns one divided by the rank of the first relevant key, or 0 if none is among the first `k`.
///
/// The mean over questions is the mean reciprocal rank, MRR. See Voorhees, *The TREC-8 Question Answering Track Report*,
/// 1999.
///
/// ```
/// use datus_store::evaluate::measure::reciprocal_rank_at;
///
/// assert_eq!(reciprocal_rank_at(&[0, 0, 1, 1], 10), 1.0 / 3.0);
/// assert_eq!(reciprocal_rank_at(&[0, 0, 1, 1], 2), 0.0);
/// ```
pub fn reciprocal_rank_at(grades: &[u32], k: usize) -> f64 {
    let first = grades.iter().take(k).position(|grade| *grade > 0);
    first.map_or(0.0, |position| 1.0 / (position + 1) as f64)
}

/// Returns the normalized discounted cumulative gain, from 0 to 1. It is 1 if the first `k` keys are the most relevant ones,
/// in the order of their grades.
///
/// `relevant` contains the grades of all relevant keys, in any order. The measure is the sum of the gains, each divided by
/// the logarithm of its rank, relative to the sum for the ideal result. See Järvelin and Kekäläinen, *Cumulated gain-based
/// evaluation of IR techniques*, 2002. As in the paper, the gain is the grade. The divisor is log₂(rank + 1), as in trec_eval
/// and scikit-learn. In the paper it is log₂(rank) from rank 2 on, which does not distinguish ranks 1 and 2.
///
/// ```
/// use datus_store::evaluate::measure::ndcg_at;
///
/// // The key with grade 3 is at rank 2, and the key with grade 1 is at rank 1.
/// let gain = 1.0 + 3.0 / 3_f64.log2();
/// let ideal = 3.0 + 1.0 / 3_f64.log2();
/// assert_eq!(ndcg_at(&[1, 3], &[3, 1], 10), gain / ideal);
/// ```
pub fn ndcg_at(grades: &[u32], relevant: &[u32], k: usize) -> f64 {
    let mut ideal = relevant.to_vec();
    ideal.sort_unstable_by(|left, right| right.cmp(left));
    let ideal = dcg_at(&ideal, k);
    if ideal == 0.0 { 0.0 } else { dcg_at(grades, k) / ideal }
}

fn dcg_at(grades: &[u32], k: usize) -> f64 {
    let gains = grades.iter().take(k).enumerate();
    gains.map(|(position, grade)| f64::from(*grade) / ((position + 2) as f64).log2()).sum()
}
