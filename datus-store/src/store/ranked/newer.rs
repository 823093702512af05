//! Rows that are newer than the full text indexes, in a search for other spellings.

use std::collections::HashSet;
use std::sync::Arc;

use crate::backend::{FoundRow, FoundRows, Uncovered};
use crate::error::Result;
use crate::query::FullText;

/// The newer rows, and what is asked of them.
pub(super) struct Newer {
    pub(super) uncovered: Arc<Uncovered>,
    /// Those that pass the filter; `None` without a filter.
    pub(super) passing: Option<HashSet<u64>>,
    pub(super) query: FullText,
}

impl Newer {
    /// The rows that the engine found and those that are newer, and whether these are all. The engine read `read` rows at most,
    /// and found newer ones as the words are spelled: they are found again here.
    pub(super) async fn added_to(&self, found: FoundRows, read: usize) -> Result<(Vec<FoundRow>, bool)> {
        let newer = self.uncovered.found(self.query.clone(), self.passing.as_ref(), read).await?;
        let newer = FoundRows { all: newer.len() < read, rows: newer };
        let floor = worst_of(&found).max(worst_of(&newer));
        let all = found.all && newer.all;
        let covered = found.rows.into_iter().filter(|found| !self.uncovered.has(found.row));
        let rows = covered.chain(newer.rows).filter(|found| found.score >= floor);
        Ok((rows.collect(), all))
    }
}

/// The score below which there may be rows that were not read.
fn worst_of(found: &FoundRows) -> f32 {
    match found.all {
        true => f32::NEG_INFINITY,
        false => found.rows.iter().map(|found| found.score).fold(f32::INFINITY, f32::min),
    }
}
