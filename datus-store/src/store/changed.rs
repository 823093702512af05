//! What another program changed in a table under an open store.

use arrow_schema::{DataType, Field, Schema};

use crate::error::{Error, ErrorKind};
use crate::model::ModelIdentity;
use crate::record::{RecordDef, key_columns, keys, same_type, schema_version};

#[cfg(test)]
mod tests;

/// The error for a table that is no longer what it was when it was opened, as far as the record is concerned; `None` where
/// it is. A column that the record lacks may come and go.
pub(super) fn changed(record: &RecordDef, opened: &Schema, now: &Schema) -> Option<Error> {
    rows_changed(record, opened, now).or_else(|| vectors_changed(record, opened, now))
}

/// As [`changed`], apart from the vectors: rows can be read and deleted whatever model made them.
pub(super) fn rows_changed(record: &RecordDef, opened: &Schema, now: &Schema) -> Option<Error> {
    recreated(opened, now)
        .or_else(|| raised(opened, now))
        .or_else(|| record.fields.iter().find_map(|field| column(field.name, opened, now)))
        .or_else(|| key(opened, now))
}

/// The part of [`changed`] that is about vectors.
pub(super) fn vectors_changed(record: &RecordDef, opened: &Schema, now: &Schema) -> Option<Error> {
    record.vectors.iter().find_map(|field| vector(field.name, opened, now))
}

/// The error for a table that has got a column which is never null, and which the record does not write.
pub(super) fn unwritable(record: &RecordDef, now: &Schema) -> Option<Error> {
    let written =
        |name: &str| record.field(name).is_some() || record.vectors.iter().any(|vector| vector.name == name);
    let required = now.fields().iter().find(|field| !field.is_nullable() && !written(field.name()))?;
    Some(
        error("a column was added that is never null, and the record does not have it")
            .with_help("use the struct that has the column")
            .with_column(required.name()),
    )
}

fn error(what: &str) -> Error {
    Error::new(ErrorKind::TableChanged, format!("the table was changed since it was opened: {what}"))
}

/// The error with the remedy that works wherever the record and its models still fit.
fn reopenable(what: &str) -> Error {
    error(what)
        .with_help("`store.reopen().await` compares the table with the record again and goes on with it")
}

/// Tables that an older version or another client created have no id, and are compared by their columns only.
fn recreated(opened: &Schema, now: &Schema) -> Option<Error> {
    let id = |schema: &Schema| schema.metadata().get(keys::TABLE_ID).cloned();
    (id(opened) != id(now)).then(|| reopenable("it was dropped and created again"))
}

fn raised(opened: &Schema, now: &Schema) -> Option<Error> {
    let (before, after) = (schema_version(opened), schema_version(now));
    (before < after).then(|| reopenable(&format!("it is of schema version {after} and was of {before}")))
}

fn key(opened: &Schema, now: &Schema) -> Option<Error> {
    let (before, after) = (key_columns(opened), key_columns(now));
    let names = |columns: Vec<String>| columns.join(", ");
    (before != after)
        .then(|| reopenable(&format!("its key is ({}) and was ({})", names(after), names(before))))
}

fn column(name: &str, opened: &Schema, now: &Schema) -> Option<Error> {
    let what = match (opened.field_with_name(name).ok(), now.field_with_name(name).ok()) {
        (None, None) => return None,
        (None, Some(_)) => "the column was added".to_owned(),
        (Some(_), None) => "the column was renamed or dropped".to_owned(),
        (Some(before), Some(after)) if !same_type(before.data_type(), after.data_type()) => {
            format!("the column is {} and was {}", after.data_type(), before.data_type())
        }
        (Some(before), Some(after)) => match (before.is_nullable(), after.is_nullable()) {
            (false, true) => "the column may be null and was never null".to_owned(),
            (true, false) => "the column is never null and could be null".to_owned(),
            _ => return None,
        },
    };
    Some(reopenable(&what).with_column(name))
}

fn vector(name: &str, opened: &Schema, now: &Schema) -> Option<Error> {
    let (before, after) = match (opened.field_with_name(name), now.field_with_name(name)) {
        (Ok(before), Ok(after)) if making(before) == making(after) => return None,
        (Ok(before), Ok(after)) => (before, after),
        _ => return column(name, opened, now),
    };
    let model = |field: &Field| ModelIdentity::from_metadata(field.metadata());
    let error = match (model(before), model(after)) {
        (before, Some(after)) if before.as_ref() != Some(&after) => {
            error(&format!("its vectors were made again by model {after}"))
                .with_help("open the table with that model: `db.store(model).await`")
        }
        _ => reopenable("its vectors are made or measured in another way"),
    };
    Some(error.with_column(name))
}

/// What decides how the vectors of a column are made, and measured: the column's type and its marks.
type Making<'a> = (&'a DataType, Vec<Option<&'a String>>);

fn making(field: &Field) -> Making<'_> {
    const MARKS: [&str; 10] = [
        keys::VECTOR_OF,
        keys::TEMPLATE,
        keys::METRIC,
        keys::MODEL_ID,
        keys::MODEL_REVISION,
        keys::MODEL_DIMENSION,
        keys::MODEL_NORMALIZED,
        keys::MODEL_DOCUMENT_PREFIX,
        keys::MODEL_QUERY_PREFIX,
        keys::PROBE,
    ];
    (field.data_type(), MARKS.iter().map(|&mark| field.metadata().get(mark)).collect())
}
