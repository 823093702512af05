use std::sync::Arc;

use arrow_array::RecordBatch;

use crate::query::{NamedRow, named_rows};
use crate::record::{ColumnKind, EmbeddingRecord, FilterColumn, RecordDef, RecordFilter};

/// The number of rows that a call returns at most, unless the arguments or the tool say otherwise.
const DEFAULT_LIMIT: usize = 10;

/// The largest `limit` of a call, unless the tool says otherwise.
const MAX_LIMIT: usize = 50;

/// The parts of a record that a tool offers to a model.
#[derive(Clone)]
pub(super) struct Offer {
    pub(super) definition: Arc<RecordDef>,
    /// The columns of the record's filter.
    all: &'static [FilterColumn],
    /// The columns that a call can filter.
    pub(super) filter: Vec<FilterColumn>,
    /// The keys of `any`, `all` and `not`.
    pub(super) combinators: [&'static str; 3],
    /// The names of the columns that a call can return.
    pub(super) columns: Vec<&'static str>,
    pub(super) default_limit: usize,
    pub(super) max_limit: usize,
    /// Returns the rows of a batch.
    pub(super) rows: fn(&RecordBatch) -> Vec<NamedRow>,
}

impl Offer {
    /// Offers all columns of a record, except the private ones.
    pub(super) fn of<R: EmbeddingRecord>() -> Self {
        let definition = R::definition();
        let offered = definition.fields.iter().filter(|field| !field.private);
        let columns = offered.map(|field| field.name).collect();
        let mut offer = Self {
            definition: Arc::new(definition),
            all: <R::Filter as RecordFilter>::COLUMNS,
            filter: Vec::new(),
            combinators: <R::Filter as RecordFilter>::COMBINATORS,
            columns: Vec::new(),
            default_limit: DEFAULT_LIMIT,
            max_limit: MAX_LIMIT,
            rows: named_rows::<R>,
        };
        offer.keep(columns);
        offer
    }

    /// Offers only these columns, in the rows and in the filter.
    pub(super) fn keep(&mut self, columns: Vec<&'static str>) {
        let is_offered = |column: &&FilterColumn| match (column.prefix, column.field.kind) {
            // The filter has the struct, whose columns are flattened in the table.
            (Some(prefix), ColumnKind::Struct(inside)) => inside
                .iter()
                .all(|inside| columns.iter().any(|column| column.strip_prefix(prefix) == Some(inside.name))),
            _ => columns.contains(&column.name),
        };
        self.filter = self.all.iter().filter(is_offered).copied().collect();
        self.columns = columns;
    }

    pub(super) fn has_full_text(&self) -> bool {
        self.definition.fields.iter().any(|field| field.fts.is_some())
    }

    /// Returns `true` if a question can be answered.
    pub(super) fn is_searchable(&self) -> bool {
        !self.definition.vectors.is_empty() || self.has_full_text()
    }
}
