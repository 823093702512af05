use std::sync::Arc;

use arrow_array::RecordBatch;

use crate::query::{NamedRow, named_rows};
use crate::record::{ColumnKind, EmbeddingRecord, FieldType, FilterColumn, RecordDef, RecordFilter};

/// The maximum number of rows that a call returns, unless the arguments or the tool set a different one.
const DEFAULT_LIMIT: usize = 10;

/// The largest `limit` of a call, unless the tool sets a different one.
const MAX_LIMIT: usize = 50;

/// The parts of a record that a tool offers to a model.
#[derive(Clone)]
pub(super) struct Offer {
    pub(super) definition: Arc<RecordDef>,
    /// The columns of the record's filter.
    all: &'static [FilterColumn],
    /// The columns of the scope of the store. Empty for a store that reads all scopes.
    scope: Vec<&'static str>,
    /// The columns that a call can filter by, and those of the scope, which have no operators.
    pub(super) filter: Vec<FilterColumn>,
    /// The JSON keys for the combinators `any`, `all` and `not`, in this order.
    pub(super) combinators: [&'static str; 3],
    /// The names of the columns that a call can return.
    pub(super) columns: Vec<&'static str>,
    pub(super) default_limit: usize,
    pub(super) max_limit: usize,
    /// Returns the rows of a batch.
    pub(super) rows: fn(&RecordBatch) -> Vec<NamedRow>,
}

impl Offer {
    /// Offers all columns of a record, except the private ones and those of the scope.
    pub(super) fn of<R: EmbeddingRecord>(scope: Vec<&'static str>) -> Self {
        let definition = R::definition();
        let is_offered = |name: &str, private: bool| !private && !scope.contains(&name);
        let offered = definition.fields.iter().filter(|field| is_offered(field.name, field.private));
        let columns = offered.map(|field| field.name).collect();
        let mut offer = Self {
            definition: Arc::new(definition),
            all: <R::Filter as RecordFilter>::COLUMNS,
            scope,
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

    /// Offers only these columns, in the rows and in the filter. A call can never filter by the columns of the scope.
    pub(super) fn keep(&mut self, columns: Vec<&'static str>) {
        let is_offered = |column: &&FilterColumn| match (column.prefix, column.field.kind) {
            // The filter contains the struct, whose columns are flattened in the table.
            (Some(prefix), ColumnKind::Struct(inside)) => inside
                .iter()
                .all(|inside| columns.iter().any(|column| column.strip_prefix(prefix) == Some(inside.name))),
            _ => columns.contains(&column.name),
        };
        let filter = self.all.iter().filter_map(|column| match self.is_scope(column.name) {
            true => Some(without_operators(*column)),
            false => is_offered(&column).then_some(*column),
        });
        self.filter = filter.collect();
        self.columns = columns;
    }

    /// Returns `true` if the store fixes the value of the column.
    pub(super) fn is_scope(&self, name: &str) -> bool {
        self.scope.contains(&name)
    }

    pub(super) fn has_full_text(&self) -> bool {
        self.definition.fields.iter().any(|field| field.fts.is_some())
    }

    /// Returns `true` if a question can be answered.
    pub(super) fn is_searchable(&self) -> bool {
        !self.definition.vectors.is_empty() || self.has_full_text()
    }
}

/// Returns a column that the schema leaves out, and whose conditions are rejected.
fn without_operators(column: FilterColumn) -> FilterColumn {
    FilterColumn { field: FieldType { kind: ColumnKind::Opaque, nullable: false }, ..column }
}
