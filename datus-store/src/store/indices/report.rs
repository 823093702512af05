use std::fmt;
use std::time::Duration;

/// What [`Store::create_indices`](crate::Store::create_indices) found and did: one entry for each index that the record
/// declares, and for each that it does not declare and the table has.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct IndexReport {
    /// How many rows the table had.
    pub rows: usize,
    /// The indexes: those of columns in order of declaration, then those of the key, of vectors, and the others.
    pub indexes: Vec<IndexEntry>,
}

impl IndexReport {
    /// The entries.
    pub fn iter(&self) -> std::slice::Iter<'_, IndexEntry> {
        self.indexes.iter()
    }

    /// The entries of a column.
    pub fn of<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a IndexEntry> {
        self.iter().filter(move |entry| entry.column == column)
    }

    /// Whether nothing was built, measured or dropped.
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
    /// The kind, as attributes name it: `btree`, `fts`, `ivf_pq`. `auto` for a vector column without an index.
    pub kind: String,
    /// The name of the index in the table; `None` where there is none.
    pub name: Option<String>,
    /// What was done.
    pub action: IndexAction,
    /// Why.
    pub why: String,
    /// What was measured of a vector index.
    pub recall: Option<Recall>,
    /// How long it took, measuring included.
    pub elapsed: Duration,
}

/// What was done about an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IndexAction {
    /// There was none, and it was built.
    Built,
    /// There was one that differed, and it was built anew.
    Rebuilt,
    /// It stayed, and was measured anew.
    Measured,
    /// It stayed as it was.
    Kept,
    /// The table is as well without.
    NotNeeded,
    /// It was dropped: the struct declares none.
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

/// How much a vector index finds, and how it is searched to do so.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Recall {
    /// The part of the nearest rows that was found, 0 to 1.
    pub measured: f64,
    /// The part that was wanted.
    pub target: f64,
    /// Of how many nearest rows.
    pub at: usize,
    /// Over how many queries.
    pub queries: usize,
    /// The partitions that a search looks into first.
    pub probes: usize,
    /// How many times the wanted rows are measured again with whole vectors.
    pub refine_factor: u32,
    /// How many candidates the search of a graph keeps; `None` for other kinds.
    pub ef: Option<usize>,
}

impl fmt::Display for Recall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { measured, target, at, queries, probes, refine_factor, ef } = self;
        write!(f, "recall@{at} {measured:.3} over {queries} queries, {target} wanted, with {probes} probes")?;
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
