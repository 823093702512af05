//! The measures of one ranked answer, as pure functions.
//!
//! An answer is given by its grades: for each key in it, best first, how relevant it is, 0 where it is not. Everything
//! here counts ranks from 1, and only those up to `k`.

/// The part of the relevant keys that are among the first `k`: from 0 to 1, and 0 where nothing is relevant.
///
/// `relevant` is how many keys are relevant in all; with more than `k` of them the measure stays below 1. Manning, Raghavan
/// and Schütze, *Introduction to Information Retrieval*, 2008, section 8.3.
///
/// ```
/// use datus_store::evaluate::metric::recall_at;
///
/// // Of three relevant keys one is at rank 1, one at rank 4, and one is missing.
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

/// One divided by the rank of the first relevant key, and 0 where none is among the first `k`.
///
/// Its mean over questions is the mean reciprocal rank, MRR. Voorhees, *The TREC-8 Question Answering Track Report*, 1999.
///
/// ```
/// use datus_store::evaluate::metric::reciprocal_rank_at;
///
/// assert_eq!(reciprocal_rank_at(&[0, 0, 1, 1], 10), 1.0 / 3.0);
/// assert_eq!(reciprocal_rank_at(&[0, 0, 1, 1], 2), 0.0);
/// ```
pub fn reciprocal_rank_at(grades: &[u32], k: usize) -> f64 {
    let first = grades.iter().take(k).position(|grade| *grade > 0);
    first.map_or(0.0, |position| 1.0 / (position + 1) as f64)
}

/// The normalized discounted cumulative gain: from 0 to 1, and 1 where the first `k` keys are the most relevant ones in
/// the order of their grades.
///
/// `relevant` are the grades of all relevant keys, in any order. Gains are added up, each divided by the logarithm of its
/// rank, and the sum is divided by that of the ideal answer: Järvelin and Kekäläinen, *Cumulated gain-based evaluation of IR
/// techniques*, 2002. The gain is the grade itself, as there. The divisor is log₂(rank + 1), as in trec_eval and
/// scikit-learn; in the paper it is log₂(rank) from rank 2 on, which leaves ranks 1 and 2 alike.
///
/// ```
/// use datus_store::evaluate::metric::ndcg_at;
///
/// // The key of grade 3 is at rank 2 and the one of grade 1 at rank 1.
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
