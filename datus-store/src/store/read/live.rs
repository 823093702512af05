//! Repeats some searches as exact searches, in the background, to measure the recall that users get.

use std::time::Duration;

use super::tuning::{self, IndexTuning, ResultCounts, SearchScope};
use crate::backend::{LegQuery, NearestTo, ScoredRow, Table};
use crate::error::Result;
use crate::query::Predicate;
use crate::statistics::{mean, score_interval, standard_error};
use crate::store::background::spawn;
use crate::store::core::{Core, LiveComparison};
use crate::store::snapshot::Snapshot;
use crate::store::trace::catch_panic;

/// The time limit of a comparison. A comparison that takes longer is abandoned.
const LONGEST: Duration = Duration::from_secs(10);

impl Core {
    /// Repeats a search by vector in the background, both with the index and exactly, on the same version of the table.
    /// Skips most searches, and all searches that are exact or that set index parameters. The parameters of `nearest` are
    /// already filled in.
    pub(super) fn repeat_live(
        &self,
        now: &Snapshot,
        nearest: &NearestTo,
        filter: Option<&Predicate>,
        counts: ResultCounts,
    ) {
        let begin = || self.live_searches.begin(1.0 / self.table.recall_live()?.get() as f64);
        let Some(comparison) = begin() else { return };
        let scope = SearchScope::of(filter);
        let Some(tuning) = tuning::used_by(&now.info.schema, nearest, counts, scope) else { return };
        let (table, name, nearest, filter) =
            (now.table.clone(), self.table_name().to_owned(), nearest.clone(), filter.cloned());
        spawn(async move {
            let (column, at) = (nearest.column, counts.guaranteed.min(tuning.at));
            let compared = recall(&table, nearest, filter.as_ref(), counts.fetched, at);
            match tokio::time::timeout(LONGEST, catch_panic(compared)).await {
                Ok(Ok(Some(recall))) => report(&comparison, &name, column, tuning, recall),
                Ok(Ok(None)) => {}
                Ok(Err(error)) => {
                    tracing::debug!(target: "datus_store", table = &*name, column, %error, "a search could not be repeated");
                }
                Err(_) => {
                    tracing::debug!(target: "datus_store", table = &*name, column, "a repeated search took too long");
                }
            }
        });
    }
}

/// Returns the fraction of the nearest `at` rows that the search finds; `None` if there are no rows.
async fn recall(
    table: &Table,
    nearest: NearestTo,
    filter: Option<&Predicate>,
    fetched: usize,
    at: usize,
) -> Result<Option<f64>> {
    let exact = nearest.clone().exact();
    let found = table.search_row_ids(LegQuery::Nearest(nearest), filter, fetched).await?;
    let expected = table.search_row_ids(LegQuery::Nearest(exact), filter, at).await?;
    Ok(recall_at(&found.rows, &expected.rows, at))
}

/// Returns the fraction of the expected rows that were found. Rows are compared by distance, so rows with equal distances
/// are interchangeable.
fn recall_at(found: &[ScoredRow], expected: &[ScoredRow], at: usize) -> Option<f64> {
    let expected: Vec<&ScoredRow> = expected.iter().filter(|row| row.score.is_finite()).take(at).collect();
    let farthest = expected.last()?.score;
    // Two computations of the same distance may differ slightly.
    let farthest = farthest + farthest.abs() * 1e-5 + 1e-6;
    let near = found.iter().take(at).filter(|row| row.score <= farthest).count();
    Some(near.min(expected.len()) as f64 / expected.len() as f64)
}

fn report(comparison: &LiveComparison, table: &str, column: &'static str, tuning: IndexTuning, recall: f64) {
    let recalls = comparison.add(column, &tuning.to_text(), recall);
    let (estimate, searches) = (mean(&recalls), recalls.len());
    let interval = score_interval(estimate, standard_error(&recalls), searches);
    tracing::debug!(
        target: "datus_store", table, column, recall, estimate, low = interval.low, high = interval.high, searches,
        "a search was repeated exactly"
    );
    if interval.high < tuning.target && comparison.is_first_warning(column) {
        tracing::warn!(
            target: "datus_store", table, column, estimate, low = interval.low, high = interval.high, searches,
            target_recall = tuning.target,
            "the recall of live searches is below the target of the index: measure it again with \
             `create_indexes().queries(…)`"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(scores: &[f32]) -> Vec<ScoredRow> {
        scores.iter().zip(0..).map(|(&score, row)| ScoredRow { row, score }).collect()
    }

    #[test]
    fn rows_count_as_found_by_their_distances() {
        let expected = rows(&[0.1, 0.2, 0.3, 0.3]);
        assert_eq!(recall_at(&rows(&[0.1, 0.2, 0.3, 0.3]), &expected, 4), Some(1.0));
        assert_eq!(recall_at(&rows(&[0.1, 0.3, 0.4, 0.5]), &expected, 4), Some(0.5));
        // A leg of a hybrid search reads more rows than the search has hits, and rows after the hits do not count.
        assert_eq!(recall_at(&rows(&[0.1, 0.4, 0.2, 0.3, 0.3]), &expected, 2), Some(0.5));
        assert_eq!(recall_at(&rows(&[]), &expected, 4), Some(0.0));
        assert_eq!(recall_at(&rows(&[0.1]), &rows(&[0.1, f32::INFINITY]), 4), Some(1.0));
        assert_eq!(recall_at(&rows(&[0.1]), &[], 4), None);
    }
}
