//! Rows that are newer than the full-text indexes, in a fuzzy search.

use std::collections::HashSet;
use std::sync::Arc;

use crate::backend::{ScoredRow, ScoredRows, UnindexedRows};
use crate::error::Result;
use crate::query::FullText;

/// The unindexed rows, and the query to run on them.
pub(super) struct UnindexedHits {
    pub(super) rows: Arc<UnindexedRows>,
    /// The rows that pass the filter; `None` without a filter.
    pub(super) passing: Option<HashSet<u64>>,
    pub(super) query: FullText,
}

impl UnindexedHits {
    /// Merges the rows that the engine found with matching unindexed rows. The returned flag is `true` if the result
    /// contains all matching rows. The engine read at most `read` rows. It matched unindexed rows by exact spelling, so they
    /// are replaced by the fuzzy matches found here.
    pub(super) async fn added_to(&self, found: ScoredRows, read: usize) -> Result<(Vec<ScoredRow>, bool)> {
        let unindexed = self.rows.search(self.query.clone(), self.passing.as_ref(), read).await?;
        let unindexed = ScoredRows { is_complete: unindexed.len() < read, rows: unindexed };
        let floor = worst_of(&found).max(worst_of(&unindexed));
        let all = found.is_complete && unindexed.is_complete;
        let indexed = found.rows.into_iter().filter(|found| !self.rows.has(found.row));
        let rows = indexed.chain(unindexed.rows).filter(|found| found.score >= floor);
        Ok((rows.collect(), all))
    }
}

/// Returns the score below which there may be rows that were not read.
fn worst_of(found: &ScoredRows) -> f32 {
    match found.is_complete {
        true => f32::NEG_INFINITY,
        false => found.rows.iter().map(|found| found.score).fold(f32::INFINITY, f32::min),
    }
}
