use lancedb::index::{IndexConfig, IndexType};

use super::super::Table;
use super::super::error::convert;
use super::details::{TextOptions, metric};
use crate::error::Result;
use crate::record::{IndexKind, Metric, VectorIndex};

/// An index on a table, with its coverage.
#[derive(Debug, Clone)]
pub(crate) struct IndexState {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) kind: StoredKind,
    /// The number of rows that the index covers. Some of them may have been deleted since.
    pub(crate) indexed_rows: usize,
    /// The number of rows that the index does not cover. Every search compares these rows one by one.
    pub(crate) unindexed_rows: usize,
    /// The number of segments in the index: one after a build, plus one for each update that adds a segment.
    pub(crate) segments: usize,
    /// The size of the index in bytes; `None` if the engine does not report it.
    pub(crate) bytes: Option<u64>,
}

/// The kind of a stored index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoredKind {
    Scalar(IndexKind),
    /// A full-text index with its options; `None` if the engine does not report them.
    Text(Option<TextOptions>),
    /// A vector index with its metric; `None` if the engine does not report it.
    Vector(VectorIndex, Option<Metric>),
    /// An index of a kind that this crate does not build, with the engine's name for the kind.
    Other(String),
}

impl StoredKind {
    /// Returns the name of the kind, as written in attributes, such as `label_list` or `ivf_pq`.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Scalar(kind) => kind.name(),
            Self::Text(_) => "fts",
            Self::Vector(kind, _) => kind.name(),
            Self::Other(name) => name,
        }
    }
}

impl IndexState {
    /// Returns `true` if the index covers this column and no other.
    pub(crate) fn is_of(&self, column: &str) -> bool {
        is_path(&self.columns, column)
    }

    /// Returns the names of the indexed columns, separated by commas.
    pub(crate) fn column_names(&self) -> String {
        self.columns.iter().map(|column| column.trim_matches('`')).collect::<Vec<_>>().join(",")
    }
}

impl Table {
    /// Returns all indexes of the table. Reads the options of full-text indexes, but no index contents.
    pub(crate) async fn index_states(&self) -> Result<Vec<IndexState>> {
        let indices = self.raw().list_indices().await.map_err(convert)?;
        Ok(indices.into_iter().map(state).collect())
    }

    /// Returns `true` if a vector column has an index. Reads only the manifest of the table's version.
    pub(crate) async fn has_vector_index(&self, column: &str) -> Result<bool> {
        let Some(table) = self.raw().as_native() else { return Ok(true) };
        let indices = table.load_indices().await.map_err(convert)?;
        Ok(indices.iter().any(|index| is_path(&index.columns, column)))
    }
}

/// Returns `true` if the list consists of exactly this column. The engine puts some names in backticks. No column name of a
/// record contains backticks.
fn is_path(columns: &[String], column: &str) -> bool {
    matches!(columns, [only] if only.trim_matches('`') == column)
}

fn state(index: IndexConfig) -> IndexState {
    let details = index.index_details.as_deref().unwrap_or_default();
    let vector = |kind| StoredKind::Vector(kind, metric(details));
    let kind = match &index.index_type {
        IndexType::BTree => StoredKind::Scalar(IndexKind::BTree),
        IndexType::Bitmap => StoredKind::Scalar(IndexKind::Bitmap),
        IndexType::LabelList => StoredKind::Scalar(IndexKind::LabelList),
        IndexType::NGram => StoredKind::Scalar(IndexKind::NGram),
        IndexType::Fm => StoredKind::Scalar(IndexKind::Fm),
        IndexType::ZoneMap => StoredKind::Scalar(IndexKind::ZoneMap),
        IndexType::BloomFilter => StoredKind::Scalar(IndexKind::Bloom),
        IndexType::FTS => StoredKind::Text(TextOptions::from_details(details)),
        IndexType::IvfFlat => vector(VectorIndex::IvfFlat),
        IndexType::IvfSq => vector(VectorIndex::IvfSq),
        IndexType::IvfPq => vector(VectorIndex::IvfPq),
        IndexType::IvfRq => vector(VectorIndex::IvfRq),
        IndexType::IvfHnswFlat => vector(VectorIndex::HnswFlat),
        IndexType::IvfHnswSq => vector(VectorIndex::HnswSq),
        IndexType::IvfHnswPq => vector(VectorIndex::HnswPq),
        other => StoredKind::Other(other.to_string()),
    };
    let rows = |rows: Option<u64>| rows.map_or(0, |rows| usize::try_from(rows).unwrap_or(usize::MAX));
    IndexState {
        name: index.name,
        columns: index.columns,
        kind,
        indexed_rows: rows(index.num_indexed_rows),
        unindexed_rows: rows(index.num_unindexed_rows),
        segments: index.num_segments.map_or(1, |segments| segments as usize),
        bytes: index.size_bytes,
    }
}
