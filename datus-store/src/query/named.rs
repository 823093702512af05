//! Columns that are chosen by name at run time.

mod cell;

use std::fmt;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Execute, Output, QuerySpec, RowOutput};
use crate::error::{Error, ErrorKind, Result, nearest};
use crate::record::{ColumnKind, ColumnPath, EmbeddingRecord, RecordDef};

/// An output of the columns that `.select_columns(names)` chose.
#[derive(Debug, Clone, Copy)]
pub enum NamedColumns {}

/// A row of the columns that `.select_columns(names)` chose.
///
/// It implements `Serialize` as a map from the names of the columns to their values. The values have the same form as in a
/// filter as data, so they can be used in one: a timestamp is text such as `2024-01-31T12:30:00Z`, and bytes are a list of
/// numbers. A column with `#[datus(json)]` is the JSON value itself. A float that is not finite is null.
#[derive(Clone)]
pub struct NamedRow {
    columns: Arc<[NamedColumn]>,
    row: usize,
}

/// A selected column of a batch.
struct NamedColumn {
    name: &'static str,
    kind: ColumnKind,
    values: ArrayRef,
}

impl NamedRow {
    /// Returns the names of the columns, in the order of the selection.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name)
    }

    /// Returns the value of a column as an array with one item, or `None` for a column that was not selected.
    pub fn get(&self, name: &str) -> Option<ArrayRef> {
        let column = self.columns.iter().find(|column| column.name == name)?;
        Some(column.values.slice(self.row, 1))
    }
}

impl Serialize for NamedRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for NamedColumn { name, kind, values } in self.columns.iter() {
            let value = cell::data(values, self.row, *kind).map_err(serde::ser::Error::custom)?;
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

impl fmt::Debug for NamedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self
            .columns
            .iter()
            .map(|NamedColumn { name, kind, values }| (name, cell::data(values, self.row, *kind)));
        f.debug_map().entries(values).finish()
    }
}

impl<R: EmbeddingRecord> Output<R> for NamedColumns {
    type Item = NamedRow;
    type Collected = Vec<NamedRow>;

    fn request(_spec: &mut QuerySpec) {}

    fn decode(batch: &RecordBatch, _source: &dyn Execute, _first: usize) -> Result<Vec<NamedRow>> {
        Ok(named_rows::<R>(batch))
    }

    fn collect(items: Vec<NamedRow>) -> Vec<NamedRow> {
        items
    }
}

#[diagnostic::do_not_recommend]
impl<R: EmbeddingRecord> RowOutput<R> for NamedColumns {}

/// Returns the rows of a batch.
pub(crate) fn named_rows<R: EmbeddingRecord>(batch: &RecordBatch) -> Vec<NamedRow> {
    let definition = R::definition();
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    // A search adds columns with scores, which are not columns of the record.
    let columns = fields.filter_map(|(field, values)| {
        let column = definition.fields.iter().find(|column| column.name == field.name())?;
        Some(NamedColumn { name: column.name, kind: column.kind, values: Arc::clone(values) })
    });
    let columns: Arc<[NamedColumn]> = columns.collect();
    (0..batch.num_rows()).map(|row| NamedRow { columns: Arc::clone(&columns), row }).collect()
}

/// Finds columns by name and returns their paths.
pub(crate) fn paths<N: AsRef<str>>(
    definition: &RecordDef,
    names: impl IntoIterator<Item = N>,
) -> Result<Vec<ColumnPath>> {
    let mut paths: Vec<ColumnPath> = Vec::new();
    for name in names {
        let path = path(definition, name.as_ref())?;
        if paths.contains(&path) {
            return Err(invalid(
                definition,
                format!("the column `{path}` is selected twice: select it once"),
            ));
        }
        paths.push(path);
    }
    match paths.is_empty() {
        true => Err(invalid(definition, "no columns are selected: select at least one".to_owned())),
        false => Ok(paths),
    }
}

fn path(definition: &RecordDef, name: &str) -> Result<ColumnPath> {
    let names = || definition.fields.iter().map(|field| field.name);
    if let Some(name) = names().find(|column| *column == name) {
        return Ok(ColumnPath::column(name));
    }
    let shown = crate::error::excerpt(name);
    if definition.vectors.iter().any(|vector| vector.name == name) {
        let message = format!("`{shown}` is a vector, which cannot be selected by its name");
        return Err(invalid(definition, message).with_help("read vectors with `.with_vectors()`"));
    }
    let message = match nearest(name, names()) {
        Some(suggestion) => format!("`{shown}` is not a column: did you mean `{suggestion}`?"),
        None => {
            let names: Vec<String> = names().map(|name| format!("`{name}`")).collect();
            format!("`{shown}` is not a column: the columns are {}", names.join(", "))
        }
    };
    Err(invalid(definition, message))
}

fn invalid(definition: &RecordDef, message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
        .with_operation("select_columns")
        .with_table(&*definition.table)
}
