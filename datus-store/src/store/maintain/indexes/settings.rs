use crate::query::Predicate;

/// The settings of [`CreateIndexes`](super::CreateIndexes).
#[derive(Debug, Clone)]
pub(in crate::store) struct Settings {
    /// The target recall: the fraction of the nearest rows to find.
    pub(super) target: f64,
    /// The number of nearest rows that the recall is measured over.
    pub(super) at: usize,
    /// The number of queries of each length to sample, and the number of stored rows to sample them from; `None` for 100, and
    /// more if these are too few.
    pub(super) samples: Option<usize>,
    /// Texts to measure with instead of sampled queries.
    pub(super) queries: Vec<String>,
    /// The filters under which the target must hold, in addition to searches without a filter.
    pub(super) filters: Vec<Predicate>,
    /// `true` to measure indexes that have already been measured.
    pub(super) remeasure: bool,
    /// The minimum number of rows at which `auto` builds an index; `None` for the default rule.
    pub(super) vectors_from: Option<usize>,
    /// The indexes to rebuild even if they match their declaration.
    pub(super) rebuild: Rebuild,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            target: 0.95,
            at: 10,
            samples: None,
            queries: Vec::new(),
            filters: Vec::new(),
            remeasure: false,
            vectors_from: None,
            rebuild: Rebuild::Damaged,
        }
    }
}

/// The indexes to rebuild.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::store) enum Rebuild {
    /// Indexes that cannot be read.
    #[default]
    Damaged,
    /// Damaged indexes, and the indexes of these columns.
    Columns(Vec<String>),
    /// All indexes.
    All,
}
