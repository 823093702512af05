use std::fmt;
use std::time::Duration;

/// The result of [`Store::create_indexes`](crate::Store::create_indexes). It has one entry for each index that the record
/// declares, and for each other index of the table.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct IndexReport {
    /// The number of rows of the table.
    pub rows: usize,
    /// The indexes: first those of columns in order of declaration, then those of the key, those of vectors, and the others.
    pub indexes: Vec<IndexEntry>,
}

impl IndexReport {
    /// Returns an iterator over the entries.
    pub fn iter(&self) -> std::slice::Iter<'_, IndexEntry> {
        self.indexes.iter()
    }

    /// Returns the entries of a column.
    pub fn of<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a IndexEntry> {
        self.iter().filter(move |entry| entry.column == column)
    }

    /// Returns `true` if nothing was built, measured, or dropped.
    pub fn is_unchanged(&self) -> bool {
        let unchanged = [IndexAction::Kept, IndexAction::NotNeeded];
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
    /// The kind, by its name in attributes: `btree`, `fts`, `ivf_pq`. `auto` for a vector column without an index.
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
    /// The index existed and was built again. [`IndexEntry::why`] has the reason.
    Rebuilt,
    /// The index was kept, and its recall was measured again.
    Measured,
    /// The index was kept as it was.
    Kept,
    /// The table does not need the index.
    NotNeeded,
    /// The index was dropped. [`IndexEntry::why`] has the reason.
    Dropped,
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
        }
    }
}

/// The recall of a vector index, and the search parameters with which it was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Recall {
    /// The share of the nearest rows that was found, from 0 to 1.
    pub measured: f64,
    /// The target recall.
    pub target: f64,
    /// The number of nearest rows that each query searched for.
    pub at: usize,
    /// The number of queries.
    pub queries: usize,
    /// The number of partitions that a search reads first.
    pub probes: usize,
    /// The factor by which a search reads more rows than requested, to rank them by the distances of their whole vectors.
    pub refine_factor: u32,
    /// The number of candidates that the search of a graph keeps; `None` for other kinds.
    pub ef: Option<usize>,
}

impl fmt::Display for Recall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { measured, target, at, queries, probes, refine_factor, ef } = self;
        write!(f, "recall@{at} {measured:.3} over {queries} queries, target {target}, with {probes} probes")?;
        write!(f, ", refine factor {refine_factor}")?;
        ef.map_or(Ok(()), |ef| write!(f, ", ef {ef}"))
    }
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
