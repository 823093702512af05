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
            filter: <R::Filter as RecordFilter>::COLUMNS.to_vec(),
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
        self.filter.retain(|column| match column.prefix {
            // The filter has the struct, whose columns are flattened in the table.
            Some(prefix) => columns.iter().any(|name| is_flattened(name, prefix, column)),
            None => columns.contains(&column.name),
        });
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

/// Returns `true` if a column of the table is one of a flattened struct.
fn is_flattened(name: &str, prefix: &str, column: &FilterColumn) -> bool {
    match column.field.kind {
        ColumnKind::Struct(inside) => {
            name.strip_prefix(prefix).is_some_and(|rest| inside.iter().any(|column| column.name == rest))
        }
        _ => false,
    }
}
