use std::fmt;
use std::time::SystemTime;

use super::index::IndexHealth;
use super::rows::{DuplicateKeys, MissingVectors};
use crate::backend::FileState;
use crate::store::maintain::optimized::{OLD, OptimizeStep};
use crate::store::maintain::scripts::UntokenizedColumn;

/// The minimum number of small fragments at which compaction is recommended. A scan of 3,126 fragments took 90 times as long
/// as a scan of one fragment, so 16 fragments make a scan less than 1.5 times as long.
const SMALL_FRAGMENTS: usize = 16;
/// The minimum fraction of deleted rows at which compaction is recommended: one row in `DELETED_DIVISOR`. lance compacts
/// fragments at the same fraction (`materialize_deletions_threshold`, 0.1).
const DELETED_DIVISOR: usize = 10;
/// The minimum fraction of rows outside an index at which adding them is recommended: one row in `UNINDEXED_DIVISOR`.
const UNINDEXED_DIVISOR: usize = 20;
/// The minimum number of old versions at which their removal is recommended.
const OLD_VERSIONS: usize = 16;

/// A recommended action for a table: a part of [`Health`](super::Health).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// Call [`Store::create_indexes`](crate::Store::create_indexes): an index cannot be read, and searches with it fail. If
    /// the struct does not declare the index, [`Repair::drop_undeclared_indexes`](crate::Repair::drop_undeclared_indexes)
    /// drops it.
    RebuildIndex {
        /// The name of the index.
        index: String,
        /// Its column.
        column: String,
        /// The description of the damage.
        damage: String,
    },
    /// Call [`Store::repair`](crate::Store::repair): some rows have a text but no vector, so vector searches do not find them.
    /// Another program wrote them.
    EmbedMissing {
        /// The vector column.
        column: String,
        /// The number of rows.
        rows: usize,
    },
    /// Call [`Store::repair`](crate::Store::repair) with [`keep_max`](crate::Repair::keep_max) or
    /// [`keep_min`](crate::Repair::keep_min): several rows share a key. Another program wrote them.
    RemoveDuplicates {
        /// The number of rows that have the same key as an earlier row.
        rows: usize,
        /// One of the keys.
        key: String,
    },
    /// Call [`Store::create_indexes`](crate::Store::create_indexes): indexes that the struct declares are missing or differ,
    /// or their recall must be measured again.
    CreateIndexes {
        /// The columns of the indexes.
        columns: Vec<String>,
    },
    /// Call [`Store::create_indexes`](crate::Store::create_indexes) with [`queries`](crate::CreateIndexes::queries): live
    /// searches have a lower recall than the target of the index. [`IndexHealth::live`](crate::IndexHealth::live) contains
    /// this recall. The whole confidence interval of this recall is below the target.
    MeasureIndex {
        /// The name of the index.
        index: String,
        /// Its column.
        column: String,
    },
    /// Declare a different tokenizer in `#[datus(fts(…))]`, and then call
    /// [`Store::create_indexes`](crate::Store::create_indexes): most texts of the column are in a script without spaces,
    /// which its tokenizer does not split into words. Full-text search does not find the words in them. See [the
    /// guide](crate::guide::indexes#chinese-japanese-and-korean).
    ChangeTokenizer {
        /// The column.
        column: String,
        /// The declared tokenizer.
        tokenizer: String,
        /// The script: `Chinese or Japanese`, or `Thai, Lao, Khmer or Burmese`.
        script: String,
    },
    /// Call [`Store::optimize`](crate::Store::optimize): many fragments are small, or many rows are deleted.
    Compact {
        /// The number of fragments with fewer than 100,000 rows.
        small_fragments: usize,
        /// The number of deleted rows that are still in the files.
        deleted_rows: usize,
    },
    /// Call [`Store::optimize`](crate::Store::optimize): an index does not cover the newest rows.
    UpdateIndex {
        /// The name of the index.
        index: String,
        /// The number of rows that it does not cover.
        unindexed_rows: usize,
    },
    /// Call [`Store::optimize`](crate::Store::optimize): many versions are older than seven days.
    RemoveVersions {
        /// The number of old versions.
        old: usize,
    },
}

impl Advice {
    /// Returns the maintenance step that carries out the advice, or `None` if no step does.
    pub(super) fn step(&self) -> Option<OptimizeStep> {
        match self {
            Self::Compact { .. } => Some(OptimizeStep::Compact),
            Self::UpdateIndex { .. } => Some(OptimizeStep::UpdateIndexes),
            Self::RemoveVersions { .. } => Some(OptimizeStep::RemoveVersions),
            Self::RebuildIndex { .. }
            | Self::EmbedMissing { .. }
            | Self::RemoveDuplicates { .. }
            | Self::CreateIndexes { .. }
            | Self::MeasureIndex { .. }
            | Self::ChangeTokenizer { .. } => None,
        }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RebuildIndex { index, column, damage } => {
                write!(f, "`create_indexes`, for the index `{index}` of {column}, which is damaged: {damage}")
            }
            Self::EmbedMissing { column, rows } => {
                write!(f, "`repair`, for {rows} rows that have a text but no vector in {column}")
            }
            Self::RemoveDuplicates { rows, key } => {
                write!(
                    f,
                    "`repair().keep_max(…)`, for {rows} rows with the same key as an earlier row, such as {key}"
                )
            }
            Self::CreateIndexes { columns } => {
                write!(f, "`create_indexes`, for {}", columns.join(", "))
            }
            Self::MeasureIndex { index, column } => {
                write!(
                    f,
                    "`create_indexes().queries(…)`, for the index `{index}` of {column}, since the recall of live searches is below its target"
                )
            }
            Self::ChangeTokenizer { column, tokenizer, script } => {
                write!(
                    f,
                    "`fts(tokenizer = \"icu\")` for {column}, whose texts are mostly {script}, which `{tokenizer}` does not split into words"
                )
            }
            Self::Compact { small_fragments, deleted_rows } => {
                write!(f, "`optimize`, for {small_fragments} small fragments and {deleted_rows} deleted rows")
            }
            Self::UpdateIndex { index, unindexed_rows } => {
                write!(f, "`optimize`, for {unindexed_rows} rows that the index `{index}` does not cover")
            }
            Self::RemoveVersions { old } => write!(f, "`optimize`, for {old} old versions"),
        }
    }
}

/// The state of a table apart from its files and indexes.
#[derive(Debug, Default)]
pub(super) struct TableState {
    /// The columns whose indexes `create_indexes` would build, measure, or drop.
    pub(super) unbuilt: Vec<String>,
    /// The columns whose texts are not split into words.
    pub(super) untokenized: Vec<UntokenizedColumn>,
    /// The faults in the rows; `None` if the rows were not read.
    pub(super) rows: Option<RowFaults>,
}

/// The faults in a table's rows.
#[derive(Debug)]
pub(super) struct RowFaults {
    pub(super) missing: Vec<MissingVectors>,
    pub(super) duplicates: Option<DuplicateKeys>,
}

impl RowFaults {
    /// Returns the number of rows without a vector, over all vector columns.
    pub(super) fn missing_rows(&self) -> usize {
        self.missing.iter().map(|missing| missing.rows).sum()
    }

    fn advice(&self) -> impl Iterator<Item = Advice> + '_ {
        let missing = self.missing.iter().filter(|missing| missing.rows > 0);
        let missing = missing
            .map(|&MissingVectors { column, rows }| Advice::EmbedMissing { column: column.to_owned(), rows });
        let duplicates = self.duplicates.iter().filter(|duplicates| duplicates.rows > 0);
        missing.chain(
            duplicates.map(|DuplicateKeys { rows, key }| Advice::RemoveDuplicates {
                rows: *rows,
                key: key.clone(),
            }),
        )
    }
}

/// Returns the advice for a table. This is a pure function.
pub(super) fn advise(
    files: &FileState,
    indexes: &[IndexHealth],
    state: &TableState,
    now: SystemTime,
) -> Vec<Advice> {
    let FileState { rows, deleted, small_fragments, ref versions, .. } = *files;
    let damaged = indexes.iter().filter_map(|index| {
        let damage = index.damage.clone()?;
        Some(Advice::RebuildIndex { index: index.name.clone(), column: index.column.clone(), damage })
    });
    let mut advice: Vec<Advice> = damaged.collect();
    advice.extend(state.rows.iter().flat_map(RowFaults::advice));
    if !state.unbuilt.is_empty() {
        advice.push(Advice::CreateIndexes { columns: state.unbuilt.clone() });
    }
    advice.extend(
        indexes
            .iter()
            .filter(|index| is_below_target(index))
            .map(|index| Advice::MeasureIndex { index: index.name.clone(), column: index.column.clone() }),
    );
    advice.extend(state.untokenized.iter().map(|UntokenizedColumn { column, tokenizer, script }| {
        Advice::ChangeTokenizer {
            column: (*column).to_owned(),
            tokenizer: (*tokenizer).to_owned(),
            script: script.to_string(),
        }
    }));
    if small_fragments >= SMALL_FRAGMENTS
        || (deleted > 0 && deleted.saturating_mul(DELETED_DIVISOR) >= rows + deleted)
    {
        advice.push(Advice::Compact { small_fragments, deleted_rows: deleted });
    }
    let behind = indexes
        .iter()
        .filter(|index| index.damage.is_none() && index.unindexed_rows > 0)
        .filter(|index| index.unindexed_rows.saturating_mul(UNINDEXED_DIVISOR) >= rows);
    advice.extend(behind.map(|index| Advice::UpdateIndex {
        index: index.name.clone(),
        unindexed_rows: index.unindexed_rows,
    }));
    // The current version is never old.
    let earlier = versions.split_last().map_or(&[][..], |(_, earlier)| earlier);
    let is_old = |made: &&SystemTime| now.duration_since(**made).is_ok_and(|age| age > OLD);
    let old = earlier.iter().filter(is_old).count();
    if old >= OLD_VERSIONS {
        advice.push(Advice::RemoveVersions { old });
    }
    advice
}

/// Returns `true` if the recall of live searches is below the target by more than chance can explain.
fn is_below_target(index: &IndexHealth) -> bool {
    let target = index.recall.map(|recall| recall.target);
    index.live.zip(target).is_some_and(|(live, target)| live.interval.high < target)
}

#[cfg(test)]
mod tests {
    use super::super::index::LiveRecall;
    use super::*;
    use crate::statistics::Interval;
    use crate::store::maintain::indexes::Recall;
    use crate::store::read::QueryKind;

    fn files() -> FileState {
        FileState { rows: 1000, fragments: 1, small_fragments: 1, ..FileState::default() }
    }

    fn index(unindexed_rows: usize) -> IndexHealth {
        IndexHealth {
            name: "fts".into(),
            column: "text".into(),
            kind: "fts".into(),
            declared: true,
            indexed_rows: 1000 - unindexed_rows,
            unindexed_rows,
            segments: 1,
            bytes: None,
            recall: None,
            live: None,
            damage: None,
        }
    }

    fn advice_for(files: &FileState, indexes: &[IndexHealth]) -> Vec<Advice> {
        advise(files, indexes, &TableState::default(), SystemTime::UNIX_EPOCH + 20 * OLD)
    }

    #[test]
    fn a_healthy_table_gets_no_advice() {
        assert_eq!(advice_for(&files(), &[index(0), index(49)]), []);
        assert_eq!(advice_for(&FileState::default(), &[]), []);
    }

    #[test]
    fn a_damaged_index_is_rebuilt_and_not_folded() {
        let damaged = IndexHealth { damage: Some("a file is gone".into()), ..index(900) };
        let rebuild = Advice::RebuildIndex {
            index: "fts".into(),
            column: "text".into(),
            damage: "a file is gone".into(),
        };
        assert_eq!(advice_for(&files(), &[damaged]), [rebuild]);
    }

    #[test]
    fn many_small_fragments_or_deleted_rows_are_worth_compacting() {
        let many = FileState { small_fragments: 16, ..files() };
        assert_eq!(advice_for(&many, &[]), [Advice::Compact { small_fragments: 16, deleted_rows: 0 }]);
        let holes = FileState { rows: 900, deleted: 100, ..files() };
        assert_eq!(advice_for(&holes, &[]), [Advice::Compact { small_fragments: 1, deleted_rows: 100 }]);
        assert_eq!(advice_for(&FileState { rows: 901, deleted: 99, ..files() }, &[]), []);
    }

    #[test]
    fn an_index_that_lags_behind_is_folded() {
        let lagging = Advice::UpdateIndex { index: "fts".into(), unindexed_rows: 50 };
        assert_eq!(advice_for(&files(), &[index(50)]), [lagging]);
    }

    /// Returns an index with a target of 0.95, and with this confidence interval for the recall of its live searches.
    fn searched(low: f64, high: f64) -> IndexHealth {
        let interval = Interval { low, high };
        let recall = Recall {
            measured: 0.96,
            interval,
            target: 0.95,
            k: 10,
            queries: 100,
            query_kind: QueryKind::SampledWords,
            nprobes: 1,
            refine_factor: 1,
            ef: None,
            filtered: None,
        };
        let live = LiveRecall { recall: f64::midpoint(low, high), interval, searches: 50 };
        IndexHealth { recall: Some(recall), live: Some(live), ..index(0) }
    }

    #[test]
    fn an_index_is_measured_again_if_live_searches_are_surely_below_its_target() {
        let measure = Advice::MeasureIndex { index: "fts".into(), column: "text".into() };
        assert_eq!(advice_for(&files(), &[searched(0.80, 0.94)]), [measure]);
        assert_eq!(advice_for(&files(), &[searched(0.80, 0.95), searched(0.96, 0.99)]), []);
    }

    #[test]
    fn old_versions_are_counted_without_the_current_one() {
        let made = vec![SystemTime::UNIX_EPOCH; 17];
        assert_eq!(
            advice_for(&FileState { versions: made, ..files() }, &[]),
            [Advice::RemoveVersions { old: 16 }]
        );
        let made = vec![SystemTime::UNIX_EPOCH; 16];
        assert_eq!(advice_for(&FileState { versions: made, ..files() }, &[]), []);
    }
}
