//! Detects changes that another program made to the table of an open store.

use arrow_schema::{DataType, Field, Schema};

use crate::error::{Error, ErrorKind};
use crate::model::ModelIdentity;
use crate::record::{RecordDef, key_columns, keys, same_type, schema_version};

#[cfg(test)]
mod tests;

/// Returns an error if the table has changed since it was opened, in a way that affects the record. Columns that the record
/// lacks may be added and dropped. `vectors` are the vector columns that are written.
pub(super) fn change_error(
    record: &RecordDef,
    vectors: impl IntoIterator<Item = &'static str>,
    opened: &Schema,
    now: &Schema,
) -> Option<Error> {
    row_change_error(record, opened, now).or_else(|| vector_change_error(vectors, opened, now))
}

/// Returns the same error as [`change_error`], but ignores vectors: rows can be read and deleted regardless of the model of
/// their vectors.
pub(super) fn row_change_error(record: &RecordDef, opened: &Schema, now: &Schema) -> Option<Error> {
    id_changed(opened, now)
        .or_else(|| version_changed(opened, now))
        .or_else(|| record.fields.iter().find_map(|field| column_changed(field.name, opened, now)))
        .or_else(|| key_changed(opened, now))
}

/// Returns the same error as [`change_error`], but considers only vectors.
pub(super) fn vector_change_error(
    vectors: impl IntoIterator<Item = &'static str>,
    opened: &Schema,
    now: &Schema,
) -> Option<Error> {
    vectors.into_iter().find_map(|column| vector_changed(column, opened, now))
}

/// Returns an error if the table has a non-nullable column that the record does not write.
pub(super) fn unwritable_error(record: &RecordDef, now: &Schema) -> Option<Error> {
    let written =
        |name: &str| record.field(name).is_some() || record.vectors.iter().any(|vector| vector.name == name);
    let required = now.fields().iter().find(|field| !field.is_nullable() && !written(field.name()))?;
    Some(
        error("a non-nullable column that the record lacks was added")
            .with_help("use a struct that has the column")
            .with_column(required.name()),
    )
}

fn error(what: &str) -> Error {
    Error::new(ErrorKind::TableChanged, format!("the table has changed since it was opened: {what}"))
}

/// Returns an error with the remedy for a table that the record and its models still match.
fn reopenable(what: &str) -> Error {
    error(what).with_help("call `store.reopen().await`, which compares the table with the record again")
}

/// Returns an error if the table no longer has the id that it had when it was opened. A table that an older version of this
/// crate or another client created has no id, so only its columns are compared.
fn id_changed(opened: &Schema, now: &Schema) -> Option<Error> {
    let id = |schema: &Schema| schema.metadata().get(keys::TABLE_ID).cloned();
    (id(opened) != id(now)).then(|| reopenable("it was dropped and created again"))
}

fn version_changed(opened: &Schema, now: &Schema) -> Option<Error> {
    let (before, after) = (schema_version(opened), schema_version(now));
    (before < after).then(|| reopenable(&format!("its schema version is {after}, but was {before}")))
}

fn key_changed(opened: &Schema, now: &Schema) -> Option<Error> {
    let (before, after) = (key_columns(opened), key_columns(now));
    let names = |columns: Vec<String>| columns.join(", ");
    (before != after)
        .then(|| reopenable(&format!("its key is ({}), but was ({})", names(after), names(before))))
}

fn column_changed(name: &str, opened: &Schema, now: &Schema) -> Option<Error> {
    let what = match (opened.field_with_name(name).ok(), now.field_with_name(name).ok()) {
        (None, None) => return None,
        (None, Some(_)) => "the column was added".to_owned(),
        (Some(_), None) => "the column was renamed or dropped".to_owned(),
        (Some(before), Some(after)) if !same_type(before.data_type(), after.data_type()) => {
            format!("the type of the column is {}, but was {}", after.data_type(), before.data_type())
        }
        (Some(before), Some(after)) => match (before.is_nullable(), after.is_nullable()) {
            (false, true) => "the column became nullable".to_owned(),
            (true, false) => "the column is no longer nullable".to_owned(),
            _ => return None,
        },
    };
    Some(reopenable(&what).with_column(name))
}

fn vector_changed(name: &str, opened: &Schema, now: &Schema) -> Option<Error> {
    let (before, after) = match (opened.field_with_name(name), now.field_with_name(name)) {
        (Ok(before), Ok(after)) if vector_format(before) == vector_format(after) => return None,
        (Ok(before), Ok(after)) => (before, after),
        _ => return column_changed(name, opened, now),
    };
    let model = |field: &Field| ModelIdentity::from_metadata(field.metadata());
    let error = match (model(before), model(after)) {
        (before, Some(after)) if before.as_ref() != Some(&after) => {
            error(&format!("its texts were re-embedded with model {after}"))
                .with_help("open the table with that model: `db.store(model).await`")
        }
        _ => reopenable("its vectors are made or compared differently"),
    };
    Some(error.with_column(name))
}

/// The data type and the metadata of a vector column that determine how its vectors are computed and compared.
type VectorFormat<'a> = (&'a DataType, Vec<Option<&'a String>>);

fn vector_format(field: &Field) -> VectorFormat<'_> {
    const KEYS: [&str; 10] = [
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
    (field.data_type(), KEYS.iter().map(|&key| field.metadata().get(key)).collect())
}
