//! Rows that are newer than the full-text indexes, in a fuzzy search.

use std::collections::HashSet;
use std::sync::Arc;

use crate::backend::{ScoredRow, ScoredRows, UnindexedRows};
use crate::error::Result;
use crate::query::FullText;

/// The newer rows, and the query to run on them.
pub(super) struct Newer {
    pub(super) uncovered: Arc<UnindexedRows>,
    /// The rows that pass the filter; `None` without a filter.
    pub(super) passing: Option<HashSet<u64>>,
    pub(super) query: FullText,
}

impl Newer {
    /// Merges the rows that the engine found with matching newer rows. The returned flag is `true` if these are all matching
    /// rows. The engine read at most `read` rows. It matched newer rows by exact spelling, so they are replaced by the fuzzy
    /// matches found here.
    pub(super) async fn added_to(&self, found: ScoredRows, read: usize) -> Result<(Vec<ScoredRow>, bool)> {
        let newer = self.uncovered.search(self.query.clone(), self.passing.as_ref(), read).await?;
        let newer = ScoredRows { is_complete: newer.len() < read, rows: newer };
        let floor = worst_of(&found).max(worst_of(&newer));
        let all = found.is_complete && newer.is_complete;
        let covered = found.rows.into_iter().filter(|found| !self.uncovered.has(found.row));
        let rows = covered.chain(newer.rows).filter(|found| found.score >= floor);
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
