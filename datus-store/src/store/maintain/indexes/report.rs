use std::fmt;
use std::time::Duration;

use crate::statistics::Interval;
use crate::store::read::QueryKind;

/// The result of [`Store::create_indexes`](crate::Store::create_indexes). It has one entry for each index that the record
/// declares, and for every other index on the table.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct IndexReport {
    /// The number of rows in the table.
    pub rows: usize,
    /// The indexes: first the column indexes in declaration order, then the indexes for the scope, the key and the vectors,
    /// and finally those that the record does not declare.
    pub indexes: Vec<IndexEntry>,
}

impl IndexReport {
    /// Returns an iterator over the entries.
    pub fn iter(&self) -> std::slice::Iter<'_, IndexEntry> {
        self.indexes.iter()
    }

    /// Returns the entries for a column.
    pub fn of<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a IndexEntry> {
        self.iter().filter(move |entry| entry.column == column)
    }

    /// Returns `true` if nothing was built, measured, or dropped. An index that was refused does not count as built.
    pub fn is_unchanged(&self) -> bool {
        let unchanged = [IndexAction::Kept, IndexAction::NotNeeded, IndexAction::Refused];
        self.iter().all(|entry| unchanged.contains(&entry.action))
    }
}

impl<'a> IntoIterator for &'a IndexReport {
    type Item = &'a IndexEntry;
    type IntoIter = std::slice::Iter<'a, IndexEntry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One index in an [`IndexReport`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IndexEntry {
    /// The column.
    pub column: String,
    /// The kind, under its name in attributes, such as `btree`, `fts` or `ivf_pq`; `auto` for a vector column without an
    /// index.
    pub kind: String,
    /// The name of the index in the table; `None` if the column has no index.
    pub name: Option<String>,
    /// The action taken.
    pub action: IndexAction,
    /// The reason for the action.
    pub why: String,
    /// The measured recall of a vector index.
    pub recall: Option<Recall>,
    /// The time that the action took, including measurements.
    pub elapsed: Duration,
}

/// An action on an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IndexAction {
    /// The index was missing and was built.
    Built,
    /// The index existed and was built again. [`IndexEntry::why`] contains the reason.
    Rebuilt,
    /// The index was kept, and its recall was measured again.
    Measured,
    /// The index was kept as it was.
    Kept,
    /// The table does not need the index.
    NotNeeded,
    /// The index was dropped. [`IndexEntry::why`] contains the reason.
    Dropped,
    /// The index was kept, because an index with the declared options does not meet the condition of
    /// [`CreateIndexes::only_if`](crate::CreateIndexes::only_if). [`IndexEntry::why`] contains the metrics.
    Refused,
}

impl IndexAction {
    fn name(self) -> &'static str {
        match self {
            Self::Built => "built",
            Self::Rebuilt => "rebuilt",
            Self::Measured => "measured",
            Self::Kept => "kept",
            Self::NotNeeded => "not needed",
            Self::Dropped => "dropped",
            Self::Refused => "refused",
        }
    }
}

/// The recall of a vector index, and the search parameters with which it was measured.
///
/// ```text
/// recall@10 0.968 (0.952 to 0.979) over 100 queries of sampled words, target 0.95, with 8 probes, refine factor 1
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Recall {
    /// The fraction of the nearest rows that were found, from 0 to 1.
    pub measured: f64,
    /// The 95% confidence interval for the recall over all queries of this kind. It is Wilson's score interval, with the
    /// effective sample size that follows from the standard error over the queries (Wilson, *Probable Inference, the Law of
    /// Succession, and Statistical Inference*, JASA 1927; Kish, *Survey Sampling*, 1965).
    pub interval: Interval,
    /// The target recall.
    pub target: f64,
    /// The number of nearest rows that each query searched for.
    pub k: usize,
    /// The number of queries.
    pub queries: usize,
    /// The kind of the queries.
    pub query_kind: QueryKind,
    /// The number of partitions that a search reads first.
    pub nprobes: usize,
    /// The factor by which a search reads more rows than requested, to re-rank them by their full vectors.
    pub refine_factor: u32,
    /// The number of candidates that a graph search keeps; `None` for other kinds.
    pub ef: Option<usize>,
    /// The recall under the filters of [`CreateIndexes::under`](crate::CreateIndexes::under); `None` without filters.
    pub filtered: Option<FilteredRecall>,
}

/// The recall of a vector index under filters: that of the filter with the lowest recall.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FilteredRecall {
    /// The fraction of the nearest rows that pass the filter and were found, from 0 to 1.
    pub measured: f64,
    /// The confidence interval, as in [`Recall::interval`].
    pub interval: Interval,
    /// The number of filters.
    pub filters: usize,
    /// The number of queries under the filter with the lowest recall.
    pub queries: usize,
    /// The minimum number of partitions that a search with a filter reads.
    pub nprobes: usize,
    /// The minimum refine factor of a search with a filter.
    pub refine_factor: u32,
    /// The minimum number of candidates that a graph search with a filter keeps; `None` for other kinds.
    pub ef: Option<usize>,
}

impl fmt::Display for Recall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { measured, interval, target, k, queries, query_kind, .. } = self;
        write!(
            f,
            "recall@{k} {measured:.3} ({interval}) over {queries} {query_kind}, target {target}, with "
        )?;
        write_params(f, self.nprobes, self.refine_factor, self.ef)?;
        let Some(filtered) = &self.filtered else { return Ok(()) };
        let FilteredRecall { measured, interval, filters, queries, .. } = filtered;
        let plural = if *filters == 1 { "" } else { "s" };
        write!(
            f,
            "; {measured:.3} ({interval}) over {queries} queries under {filters} filter{plural}, with "
        )?;
        write_params(f, filtered.nprobes, filtered.refine_factor, filtered.ef)
    }
}

fn write_params(
    f: &mut fmt::Formatter<'_>,
    nprobes: usize,
    refine_factor: u32,
    ef: Option<usize>,
) -> fmt::Result {
    write!(f, "{nprobes} probes, refine factor {refine_factor}")?;
    ef.map_or(Ok(()), |ef| write!(f, ", ef {ef}"))
}

impl fmt::Display for IndexEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, kind, name: _, action, why, recall, elapsed } = self;
        write!(f, "{column} ({kind}): {}: {why}", action.name())?;
        if let Some(recall) = recall {
            write!(f, "; {recall}")?;
        }
        if elapsed.is_zero() { Ok(()) } else { write!(f, " [{elapsed:.1?}]") }
    }
}

impl fmt::Display for IndexReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.rows)?;
        self.iter().try_for_each(|entry| write!(f, "\n  {entry}"))
    }
}
