use super::{FullText, Predicate, Ranking};
use crate::record::ColumnPath;

/// The direction of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortDirection {
    /// The smallest value comes first.
    Ascending,
    /// The largest value comes first.
    Descending,
}

/// A column to sort by. Nulls come last in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// The column.
    pub column: ColumnPath,
    /// The direction.
    pub direction: SortDirection,
}

/// An untyped query, which the typed builders create and the store runs.
#[derive(Debug, Clone, Default)]
pub struct QuerySpec {
    /// The columns to return, or `None` for all columns of the record except vectors.
    pub columns: Option<Vec<ColumnPath>>,
    /// `true` to also return the vector columns.
    pub vectors: bool,
    /// The filter, or `None` for all rows.
    pub filter: Option<Predicate>,
    /// The maximum number of rows. `None` means 10 in a search, and all rows in any other query.
    pub limit: Option<usize>,
    /// The number of rows to skip.
    pub offset: usize,
    /// The order of a query that is not a search.
    pub order: Vec<SortKey>,
    /// The maximum number of rows for each value of some columns, or `None` for no such limit.
    pub limit_per: Option<LimitPer>,
    /// The vector query of a vector search.
    pub nearest: Option<Nearest>,
    /// The full-text query of a full-text search. Together with [`nearest`](Self::nearest), it forms a hybrid search.
    pub full_text: Option<FullText>,
    /// The final order of the rows of a search.
    pub ranking: Ranking,
    /// The maximum number of characters in a highlight, or `None` for a search without highlights.
    pub highlight: Option<usize>,
}

/// A maximum number of rows for each value of some columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitPer {
    /// The columns. Rows with equal values in all of them share the limit.
    pub columns: Vec<ColumnPath>,
    /// The maximum number of rows.
    pub rows: usize,
}

/// The name of the column with the number of rows for each value.
#[cfg(feature = "store")]
pub(crate) const GROUP_ROWS: &str = "_rows";

impl QuerySpec {
    /// Returns the query for the rows that also pass the filter.
    pub(crate) fn filtered(self, predicate: Predicate) -> Self {
        let filter = match self.filter {
            Some(filter) => filter.and(predicate),
            None => predicate,
        };
        Self { filter: Some(filter), ..self }
    }

    /// Returns `true` if the query is a search, which scores rows.
    pub fn is_search(&self) -> bool {
        self.nearest.is_some() || self.full_text.is_some()
    }
}

/// The query of a vector search.
#[derive(Debug, Clone, PartialEq)]
pub enum VectorQuery {
    /// Text, which the model of the column embeds as a query.
    Text(String),
    /// A vector, with the id of the model that computed it.
    Vector {
        /// The model's id.
        model: String,
        /// The components. Several vectors are concatenated.
        values: Vec<f32>,
        /// The number of components of each vector.
        dimension: usize,
    },
    /// The vector of the row that the predicate selects.
    Row(Predicate),
}

/// A vector search.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearest {
    /// The position among the vectors of the record.
    pub vector: usize,
    /// The query.
    pub query: VectorQuery,
    /// The settings.
    pub settings: VectorSettings,
}

/// The settings of a vector search. `None` leaves a setting to the store and the engine.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct VectorSettings {
    /// The minimum distance, inclusive.
    pub min_distance: Option<f32>,
    /// The maximum distance, exclusive.
    pub max_distance: Option<f32>,
    /// The minimum number of index partitions to search.
    pub minimum_nprobes: Option<usize>,
    /// The maximum number of index partitions to search. 0 means as many as it takes to reach the limit.
    pub maximum_nprobes: Option<usize>,
    /// The fraction, from 0 to 1, of the partitions beyond the minimum that are searched before the number of results is
    /// checked against the limit.
    pub effort: Option<f64>,
    /// The number of rows, as a multiple of the limit, to read from the index and reorder by the distances of their
    /// uncompressed vectors.
    pub refine_factor: Option<u32>,
    /// The number of candidates that a search of an HNSW index keeps.
    pub ef: Option<usize>,
    /// `true` to compare the query with every vector, without an index.
    pub exact: bool,
}

impl Nearest {
    /// Creates a search with default settings.
    pub fn new(vector: usize, query: VectorQuery) -> Self {
        Self { vector, query, settings: VectorSettings::default() }
    }
}
