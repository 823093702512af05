//! Flattens query results into one column per requested path, because the engine reads whole structs.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow_schema::{Field, Schema, SchemaRef};
use lancedb::query::Select;

use crate::error::{Error, ErrorKind, Result};
use crate::record::ColumnPath;

/// Selects each of the table's columns that contains a path, and the score of a search. The engine can read only whole
/// top-level columns.
pub(in crate::backend) fn select(paths: &[ColumnPath], score: Option<&str>) -> Select {
    let mut columns = roots(paths);
    columns.extend(score);
    Select::columns(&columns)
}

/// Returns the table's columns that contain the paths, without duplicates.
pub(in crate::backend) fn roots(paths: &[ColumnPath]) -> Vec<&'static str> {
    let mut roots: Vec<&str> = Vec::with_capacity(paths.len() + 1);
    for path in paths {
        if !roots.contains(&path.root()) {
            roots.push(path.root());
        }
    }
    roots
}

/// Returns the schema of the answer: one field for each path, named after it, followed by the score of a search.
pub(in crate::backend) fn flat_schema(
    stored: &Schema,
    paths: &[ColumnPath],
    score: Option<Field>,
) -> Result<SchemaRef> {
    let mut fields = Vec::with_capacity(paths.len() + 1);
    for path in paths {
        let mut names = path.names().iter();
        let root = names.next().and_then(|name| stored.field_with_name(name).ok());
        let mut field = root.cloned().ok_or_else(|| missing(path))?;
        for name in names {
            let arrow_schema::DataType::Struct(children) = field.data_type() else {
                return Err(missing(path));
            };
            let child = children.iter().find(|child| child.name() == name).ok_or_else(|| missing(path))?;
            let nullable = field.is_nullable() || child.is_nullable();
            field = Field::clone(child).with_nullable(nullable);
        }
        fields.push(field.with_name(path.to_string()));
    }
    fields.extend(score);
    Ok(Arc::new(Schema::new_with_metadata(fields, stored.metadata().clone())))
}

/// Returns the columns at the paths, followed by the score of a search if the schema has one.
pub(in crate::backend) fn flatten(
    batch: &RecordBatch,
    paths: &[ColumnPath],
    schema: &SchemaRef,
) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> =
        paths.iter().map(|path| column_at(batch, *path)).collect::<Result<_>>()?;
    if let Some(score) = schema.fields().get(paths.len()) {
        columns.push(batch.column_by_name(score.name()).cloned().ok_or_else(|| missing(score.name()))?);
    }
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(|source| {
        Error::new(ErrorKind::Engine, "the engine's answer does not have the requested columns")
            .with_source(source)
    })
}

/// Returns the array at a path. A value is null if a struct that contains it is null.
pub(in crate::backend) fn column_at(batch: &RecordBatch, path: ColumnPath) -> Result<ArrayRef> {
    let mut names = path.names().iter();
    let root = names.next().and_then(|name| batch.column_by_name(name));
    let mut array = root.cloned().ok_or_else(|| missing(path))?;
    for name in names {
        let structs = array.as_struct_opt().ok_or_else(|| missing(path))?;
        let child = structs.column_by_name(name).cloned().ok_or_else(|| missing(path))?;
        array = mask(&child, structs);
    }
    Ok(array)
}

fn mask(child: &ArrayRef, parent: &arrow_array::StructArray) -> ArrayRef {
    let nulls = arrow_buffer::NullBuffer::union(child.nulls(), parent.nulls());
    if nulls.as_ref().map(arrow_buffer::NullBuffer::null_count)
        == child.nulls().map(arrow_buffer::NullBuffer::null_count)
    {
        return Arc::clone(child);
    }
    let data = child.to_data().into_builder().nulls(nulls).build();
    data.map_or_else(|_| new_null_array(child.data_type(), child.len()), arrow_array::make_array)
}

/// Returns the error for an answer that lacks a column.
pub(in crate::backend) fn missing(column: impl ToString) -> Error {
    Error::new(ErrorKind::Engine, "the engine's answer lacks the column").with_column(column.to_string())
}
