use std::fmt;
use std::time::{Duration, SystemTime};

use super::IndexHealth;
use crate::backend::FileState;

/// From how many small fragments on they are worth writing together: a scan of 3,126 fragments was seen to take 90 times
/// that of one, so 16 cost less than half as much again.
const SMALL_FRAGMENTS: usize = 16;
/// The part of rows, one in so many, that are deleted before they are worth leaving out: lance compacts fragments from
/// there on (`materialize_deletions_threshold`, 0.1).
const DELETED_PART: usize = 10;
/// The part of rows, one in so many, that an index does not cover before folding pays.
const UNCOVERED_PART: usize = 20;
/// The age from which versions are old: that of LanceDB's own `optimize`.
pub(in crate::store) const OLD: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// From how many old versions on they are worth removing.
const OLD_VERSIONS: usize = 16;

/// Something to do about a table, as [`Health`](super::Health) advises.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// [`Store::create_indices`](crate::Store::create_indices): indexes that the struct declares are missing, differ, or have
    /// to be measured anew.
    CreateIndices {
        /// Their columns.
        columns: Vec<String>,
    },
    /// [`Store::optimize`](crate::Store::optimize): many fragments are small, or many rows deleted.
    Compact {
        /// Fragments of fewer than 100,000 rows.
        small_fragments: usize,
        /// Rows that are deleted and still in the files.
        deleted_rows: usize,
    },
    /// [`Store::optimize`](crate::Store::optimize): rows came since an index was built.
    FoldIndex {
        /// The name of the index.
        index: String,
        /// The rows that it does not cover.
        uncovered: usize,
    },
    /// [`Store::optimize`](crate::Store::optimize): versions of more than seven days take room.
    RemoveVersions {
        /// How many.
        old: usize,
    },
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateIndices { columns } => {
                write!(f, "`create_indices`, for {}", columns.join(", "))
            }
            Self::Compact { small_fragments, deleted_rows } => {
                write!(f, "`optimize`, for {small_fragments} small fragments and {deleted_rows} deleted rows")
            }
            Self::FoldIndex { index, uncovered } => {
                write!(f, "`optimize`, for {uncovered} rows that the index `{index}` does not cover")
            }
            Self::RemoveVersions { old } => write!(f, "`optimize`, for {old} old versions"),
        }
    }
}

/// What to do. A pure function: `missing` are the columns whose indexes have to be built.
pub(super) fn of(
    files: &FileState,
    indexes: &[IndexHealth],
    missing: Vec<String>,
    now: SystemTime,
) -> Vec<Advice> {
    let FileState { rows, deleted, small_fragments, ref versions, .. } = *files;
    let mut advice = Vec::new();
    if !missing.is_empty() {
        advice.push(Advice::CreateIndices { columns: missing });
    }
    if small_fragments >= SMALL_FRAGMENTS
        || (deleted > 0 && deleted.saturating_mul(DELETED_PART) >= rows + deleted)
    {
        advice.push(Advice::Compact { small_fragments, deleted_rows: deleted });
    }
    let behind = indexes
        .iter()
        .filter(|index| index.uncovered > 0 && index.uncovered.saturating_mul(UNCOVERED_PART) >= rows);
    advice.extend(
        behind.map(|index| Advice::FoldIndex { index: index.name.clone(), uncovered: index.uncovered }),
    );
    // The current version is never old.
    let earlier = versions.split_last().map_or(&[][..], |(_, earlier)| earlier);
    let is_old = |made: &&SystemTime| now.duration_since(**made).is_ok_and(|age| age > OLD);
    let old = earlier.iter().filter(is_old).count();
    if old >= OLD_VERSIONS {
        advice.push(Advice::RemoveVersions { old });
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> FileState {
        FileState { rows: 1000, fragments: 1, small_fragments: 1, ..FileState::default() }
    }

    fn index(uncovered: usize) -> IndexHealth {
        IndexHealth {
            name: "words".into(),
            column: "text".into(),
            kind: "fts".into(),
            covered: 1000 - uncovered,
            uncovered,
            segments: 1,
            bytes: None,
            recall: None,
        }
    }

    fn advise(files: &FileState, indexes: &[IndexHealth]) -> Vec<Advice> {
        of(files, indexes, Vec::new(), SystemTime::UNIX_EPOCH + 20 * OLD)
    }

    #[test]
    fn a_table_that_is_well_needs_nothing() {
        assert_eq!(advise(&files(), &[index(0), index(49)]), []);
        assert_eq!(advise(&FileState::default(), &[]), []);
    }

    #[test]
    fn many_small_fragments_or_deleted_rows_are_worth_compacting() {
        let many = FileState { small_fragments: 16, ..files() };
        assert_eq!(advise(&many, &[]), [Advice::Compact { small_fragments: 16, deleted_rows: 0 }]);
        let holes = FileState { rows: 900, deleted: 100, ..files() };
        assert_eq!(advise(&holes, &[]), [Advice::Compact { small_fragments: 1, deleted_rows: 100 }]);
        assert_eq!(advise(&FileState { rows: 901, deleted: 99, ..files() }, &[]), []);
    }

    #[test]
    fn an_index_that_lags_behind_is_named() {
        let lagging = Advice::FoldIndex { index: "words".into(), uncovered: 50 };
        assert_eq!(advise(&files(), &[index(50)]), [lagging]);
    }

    #[test]
    fn old_versions_are_counted_without_the_current_one() {
        let made = vec![SystemTime::UNIX_EPOCH; 17];
        assert_eq!(
            advise(&FileState { versions: made, ..files() }, &[]),
            [Advice::RemoveVersions { old: 16 }]
        );
        let made = vec![SystemTime::UNIX_EPOCH; 16];
        assert_eq!(advise(&FileState { versions: made, ..files() }, &[]), []);
    }
}
