use std::fmt;

use crate::backend::{IndexDamage, IndexState};
use crate::statistics::{Interval, mean, score_interval, standard_error};
use crate::store::core::LiveSearches;
use crate::store::maintain::indexes::{Recall, recall};
use crate::store::read::tuning::IndexTuning;

/// The state of one index.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IndexHealth {
    /// The name of the index.
    pub name: String,
    /// The column of the index.
    pub column: String,
    /// The kind of the index, as attributes name it, such as `btree`, `fts` or `ivf_pq`.
    pub kind: String,
    /// `true` if the struct declares the index, or if it serves the key. Any other index was built by another program,
    /// and [`create_indexes`](crate::Store::create_indexes) keeps it.
    pub declared: bool,
    /// The number of rows that the index covers. Some of them may have been deleted since.
    pub indexed_rows: usize,
    /// The number of rows that the index does not cover. A search compares them one by one.
    pub unindexed_rows: usize,
    /// The number of segments in the index.
    pub segments: usize,
    /// The size of the index files in bytes, if the engine provides it.
    pub bytes: Option<u64>,
    /// The measured recall of a vector index, or `None` if it was not measured.
    pub recall: Option<Recall>,
    /// The recall of the searches in this process since the index was measured, or `None` if no search was repeated. See
    /// [`Connect::recall_live`](crate::Connect::recall_live).
    pub live: Option<LiveRecall>,
    /// The damage to the index files, or `None` if they can be read.
    pub damage: Option<String>,
}

/// The recall of searches that were repeated as exact searches. See [`Connect::recall_live`](crate::Connect::recall_live).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LiveRecall {
    /// The mean fraction of the nearest rows that the searches found, from 0 to 1.
    pub recall: f64,
    /// The confidence interval, as in [`Recall::interval`].
    pub interval: Interval,
    /// The number of searches, up to the newest 500.
    pub searches: usize,
}

impl fmt::Display for LiveRecall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recall, interval, searches } = self;
        write!(f, "live {recall:.3} ({interval}) over {searches} searches")
    }
}

/// Returns the recall of the searches that have been repeated since the index was measured.
pub(super) fn live_recall(searches: &LiveSearches, column: &str, tuning: IndexTuning) -> Option<LiveRecall> {
    let recalls = searches.recalls(column, &tuning.to_text());
    if recalls.is_empty() {
        return None;
    }
    let (recall, searches) = (mean(&recalls), recalls.len());
    let interval = score_interval(recall, standard_error(&recalls), searches);
    Some(LiveRecall { recall, interval, searches })
}

pub(super) fn index_health(
    state: &IndexState,
    column: String,
    declared: bool,
    tuning: Option<IndexTuning>,
    live: Option<LiveRecall>,
    damage: Option<&IndexDamage>,
) -> IndexHealth {
    let IndexState { name, columns: _, kind, indexed_rows, unindexed_rows, segments, bytes } = state.clone();
    let kind = kind.name().to_owned();
    let damage = damage.map(|damage| damage.cause.clone());
    IndexHealth {
        name,
        column,
        declared,
        kind,
        indexed_rows,
        unindexed_rows,
        segments,
        bytes,
        recall: tuning.map(recall),
        live,
        damage,
    }
}
