use crate::backend::{IndexDamage, IndexState};
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
    /// The kind of the index, as attributes name it: `btree`, `fts`, `ivf_pq`.
    pub kind: String,
    /// The number of rows that the index covers. Some of them may have been deleted since.
    pub indexed_rows: usize,
    /// The number of rows that were added since. A search compares them one by one.
    pub unindexed_rows: usize,
    /// The number of segments of the index.
    pub segments: usize,
    /// The size of the files of the index in bytes, if the engine provides it.
    pub bytes: Option<u64>,
    /// The measured recall of a vector index, or `None` if it was not measured.
    pub recall: Option<Recall>,
    /// The damage to the files of the index, or `None` if they can be read.
    pub damage: Option<String>,
}

pub(super) fn index_health(
    state: &IndexState,
    column: String,
    tuning: Option<IndexTuning>,
    damage: Option<&IndexDamage>,
) -> IndexHealth {
    let IndexState { name, columns: _, kind, indexed_rows, unindexed_rows, segments, bytes } = state.clone();
    let kind = kind.name().to_owned();
    let damage = damage.map(|damage| damage.cause.clone());
    IndexHealth {
        name,
        column,
        kind,
        indexed_rows,
        unindexed_rows,
        segments,
        bytes,
        recall: tuning.map(recall),
        damage,
    }
}
