use super::{FullText, Predicate, Ranking};
use crate::record::ColumnPath;

/// Whether the least or the greatest value comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortDirection {
    /// Least first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// One column to sort by. Nulls come last in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// The column.
    pub column: ColumnPath,
    /// Which end comes first.
    pub direction: SortDirection,
}

/// A whole query, untyped: what the typed builders become and the engine is given.
#[derive(Debug, Clone, Default)]
pub struct QuerySpec {
    /// The columns to return, by path; `None` for all of the record's columns, without vectors.
    pub columns: Option<Vec<ColumnPath>>,
    /// Whether the vector columns are returned as well.
    pub vectors: bool,
    /// Which rows; `None` for all.
    pub filter: Option<Predicate>,
    /// The most rows to return; `None` for all, and for 10 in a search.
    pub limit: Option<usize>,
    /// How many rows to leave out first.
    pub offset: usize,
    /// The order of a plain query.
    pub order: Vec<SortKey>,
    /// The vector search, where it is one.
    pub nearest: Option<Nearest>,
    /// The full text search, where it is one. With [`nearest`](Self::nearest) it is a hybrid search.
    pub full_text: Option<FullText>,
    /// How the rows of a search get their final order.
    pub ranking: Ranking,
    /// What is wrong with the query, where a builder found it out.
    pub fault: Option<Fault>,
}

/// What is wrong with a query, where a builder found it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: &'static str,
    /// The remedy, in Rust.
    pub help: &'static str,
}

impl QuerySpec {
    /// Whether rows are searched for and scored, not read.
    pub fn is_search(&self) -> bool {
        self.nearest.is_some() || self.full_text.is_some()
    }
}

/// What a vector search looks for.
#[derive(Debug, Clone, PartialEq)]
pub enum VectorQuery {
    /// A text, embedded as a query by the column's model.
    Text(String),
    /// A vector, and the id of the model that made it.
    Vector {
        /// The model's id.
        model: String,
        /// The components.
        values: Vec<f32>,
    },
    /// The vector of a row of the table: the one that passes the filter.
    Row(Predicate),
}

/// The vector part of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearest {
    /// The position among the record's vectors.
    pub vector: usize,
    /// What to look for.
    pub query: VectorQuery,
    /// The least distance to return, included.
    pub min_distance: Option<f32>,
    /// The distance from which rows are left out.
    pub max_distance: Option<f32>,
    /// The least number of index partitions to look into.
    pub minimum_nprobes: Option<usize>,
    /// The greatest number of index partitions to look into; 0 for as many as are needed to fill the limit.
    pub maximum_nprobes: Option<usize>,
    /// How far to go beyond the least number of partitions before the limit is looked at, from 0, not at all, to 1, all;
    /// `None` for the engine's own choice.
    pub effort: Option<f64>,
    /// How many times the limit to read and measure again with whole vectors.
    pub refine_factor: Option<u32>,
    /// How many candidates an HNSW index keeps.
    pub ef: Option<usize>,
    /// Whether to compare with every vector and use no index.
    pub exact: bool,
}

impl Nearest {
    /// A search with the engine's own settings.
    pub fn new(vector: usize, query: VectorQuery) -> Self {
        Self {
            vector,
            query,
            min_distance: None,
            max_distance: None,
            minimum_nprobes: None,
            maximum_nprobes: None,
            effort: None,
            refine_factor: None,
            ef: None,
            exact: false,
        }
    }

    /// Whether it was told more than what to look for.
    pub(super) fn has_settings(&self) -> bool {
        *self != Self::new(self.vector, self.query.clone())
    }
}
