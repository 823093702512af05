//! The rows of a table that a store reads and writes.
//!
//! A read runs a [`RestrictedQuery`], and a write that selects rows takes a [`RowFilter`]. Only a [`Restriction`]
//! creates them, so no operation can bypass it. The rows that a write contains are checked where they are encoded
//! (`write/ingest/source.rs`), after `stamp_scope` has set the columns of the scope (`write/ingest/chunk.rs`).

use arrow_array::{Array, ArrayRef, UInt64Array};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_row::{RowConverter, SortField};

use crate::backend::key_values;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{CompareOp, Filter, IntoKey, Nearest, Predicate, QuerySpec, Value, VectorQuery};
use crate::record::{ColumnPath, Keyed, RecordDef};
use crate::store::arrow::arrow_failed;

/// The rows of a table that a store reads and writes. By default, it includes all rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Restriction {
    /// The filter that every row passes, or `None` if there is no restriction.
    filter: Option<Predicate>,
    /// The scope: its columns, with the value that every row has. The list is empty without a scope.
    scope: Vec<(&'static str, Value)>,
}

/// A filter that only keeps rows of the store.
#[derive(Debug, Clone)]
pub(super) struct RowFilter(Predicate);

/// A query that only returns rows of the store.
#[derive(Debug)]
pub(super) struct RestrictedQuery(QuerySpec);

impl Restriction {
    /// Creates the restriction to the rows whose columns have these values.
    pub(super) fn to_scope(scope: Vec<(&'static str, Value)>) -> Self {
        let filter = equal_to(scope.iter().map(|(column, value)| (*column, value)));
        Self { filter: Some(filter), scope }
    }

    /// Returns the restriction to the rows that also pass the filter.
    pub(super) fn narrowed(&self, filter: Predicate) -> Self {
        let filter = match self.filter.clone() {
            None => filter,
            // Uses typed filters because they check the nesting depth.
            Some(own) => {
                Filter::<()>::from_predicate(own).and(Filter::from_predicate(filter)).into_predicate()
            }
        };
        Self { filter: Some(filter), scope: self.scope.clone() }
    }

    /// Returns the filter for the rows of the store that pass `filter`.
    pub(super) fn rows(&self, filter: Predicate) -> RowFilter {
        RowFilter(match self.filter.clone() {
            Some(own) => filter.and(own),
            None => filter,
        })
    }

    /// Returns the query for the rows of the store that `spec` requests.
    pub(super) fn query(&self, spec: QuerySpec) -> RestrictedQuery {
        let Some(own) = &self.filter else { return RestrictedQuery(spec) };
        let spec = spec.filtered(own.clone());
        // A search by row also reads that row, so the restriction applies to it too.
        let nearest = spec.nearest.map(|nearest| {
            let query = match nearest.query {
                VectorQuery::Row(row) => VectorQuery::Row(row.and(own.clone())),
                query => query,
            };
            Nearest { query, ..nearest }
        });
        RestrictedQuery(QuerySpec { nearest, ..spec })
    }

    /// Returns the filter of the scope and the view, or `None` if there is no restriction.
    pub(super) fn filter(&self) -> Option<&Predicate> {
        self.filter.as_ref()
    }

    /// Returns `true` if rows of only one scope can be written.
    pub(super) fn has_scope(&self) -> bool {
        !self.scope.is_empty()
    }

    /// Returns the columns of the scope, in order. The result is empty without a scope.
    #[cfg(feature = "tool")]
    pub(super) fn scope_columns(&self) -> Vec<&'static str> {
        self.scope.iter().map(|(column, _)| *column).collect()
    }

    /// Returns the columns and values of the scope as text, such as `tenant = north`. The text is empty without a scope.
    pub(super) fn scope_text(&self) -> String {
        let parts = self.scope.iter().map(|(column, value)| match value {
            Value::Text(value) => format!("{column} = {value}"),
            Value::Int32(value) => format!("{column} = {value}"),
            Value::Int64(value) => format!("{column} = {value}"),
            value => format!("{column} = {value:?}"),
        });
        parts.collect::<Vec<_>>().join(", ")
    }

    /// Fails if a row to write is not in the scope. `columns` are the columns of the record, in order.
    ///
    /// # Errors
    /// `InvalidInput`, with the column and both values.
    pub(super) fn check_rows(&self, record: &RecordDef, columns: &[ArrayRef]) -> Result<()> {
        for (name, value) in &self.scope {
            let rows = columns.get(position(record, name)?).ok_or_else(|| no_column(name))?;
            let scope = stored(value, name, rows)?;
            if let Some(row) = first_difference(rows, &scope)? {
                return Err(other_scope(name, &shown(rows, row), &shown(&scope, 0)));
            }
        }
        Ok(())
    }

    /// Sets the columns of the scope in rows to write. `columns` are the columns of the record, in order.
    ///
    /// # Errors
    /// `InvalidInput` if a column cannot hold the value of the scope.
    pub(super) fn stamp_rows(&self, record: &RecordDef, columns: &mut [ArrayRef]) -> Result<()> {
        for (name, value) in &self.scope {
            let rows = columns.get_mut(position(record, name)?).ok_or_else(|| no_column(name))?;
            let scope = stored(value, name, rows)?;
            let first = UInt64Array::from_value(0, rows.len());
            *rows = arrow_select::take::take(&scope, &first, None).map_err(arrow_failed)?;
        }
        Ok(())
    }
}

impl RowFilter {
    pub(super) fn predicate(&self) -> &Predicate {
        &self.0
    }
}

impl RestrictedQuery {
    pub(super) fn into_spec(self) -> QuerySpec {
        self.0
    }
}

/// Returns the filter that matches the row with the key. In a scoped store, the key does not include the scope.
pub(super) fn row_of<R: Keyed>(key: impl IntoKey<R::Key>) -> Predicate {
    let definition = R::definition();
    equal_to(definition.own_key_fields().map(|field| field.name).zip(&key.into_values()))
}

/// Returns the filter that keeps the rows with these values. A null value keeps the rows in which the column is null.
fn equal_to<'a>(values: impl IntoIterator<Item = (&'static str, &'a Value)>) -> Predicate {
    let equal = values.into_iter().map(|(column, value)| {
        let column = ColumnPath::column(column);
        match value {
            Value::Null => Predicate::IsNull { column },
            value => Predicate::Compare { column, op: CompareOp::Eq, value: value.clone() },
        }
    });
    equal.reduce(Predicate::and).unwrap_or(Predicate::Constant(true))
}

/// Returns the position of a column of the scope.
fn position(record: &RecordDef, name: &str) -> Result<usize> {
    record.fields.iter().position(|field| field.name == name).ok_or_else(|| no_column(name))
}

fn no_column(name: &str) -> Error {
    Error::new(ErrorKind::Engine, "the encoded rows lack the column").with_column(name)
}

/// Returns the value of the scope as an array that has the type of a column.
fn stored(value: &Value, name: &str, column: &ArrayRef) -> Result<ArrayRef> {
    match value {
        Value::Invalid(reason) => Err(no_value(reason, name)),
        value => key_values(&[value], column.data_type())
            .ok_or_else(|| no_value("the column cannot hold the value of the scope", name)),
    }
}

/// Returns the first row whose value differs from the single value in `value`.
fn first_difference(rows: &ArrayRef, value: &ArrayRef) -> Result<Option<usize>> {
    let converter = RowConverter::new(vec![SortField::new(rows.data_type().clone())]);
    let convert = |converter: &RowConverter, array: &ArrayRef| {
        converter.convert_columns(std::slice::from_ref(array)).map_err(incomparable)
    };
    let converter = converter.map_err(incomparable)?;
    let (rows, value) = (convert(&converter, rows)?, convert(&converter, value)?);
    let Some(value) = value.iter().next() else { return Ok(Some(0)) };
    Ok(rows.iter().position(|row| row != value))
}

fn incomparable(source: arrow_schema::ArrowError) -> Error {
    Error::new(ErrorKind::Unsupported, "values of this type cannot be a scope")
        .with_help("use text or a number")
        .with_source(source)
}

/// Formats a value for an error message.
fn shown(values: &ArrayRef, row: usize) -> String {
    let formatter = ArrayFormatter::try_new(values.as_ref(), &FormatOptions::default());
    formatter.map_or_else(|_| "?".to_owned(), |formatter| formatter.value(row).to_string())
}

fn no_value(reason: &str, column: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, reason)
        .with_help("pass a value that the column can hold to `.scoped(…)`")
        .with_column(column)
}

fn other_scope(column: &str, row: &str, scope: &str) -> Error {
    let message =
        format!("a row has the {column} `{row}`, but the store writes only rows with the {column} `{scope}`");
    Error::new(ErrorKind::InvalidInput, message)
        .with_help("write the row through `store.scoped(…)` with its own scope")
        .with_column(column)
}
