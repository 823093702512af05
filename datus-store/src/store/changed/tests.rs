#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use super::*;
use crate::model::ModelIdentity;
use crate::record::{ColumnKind, FieldDef, Metric, VectorDef, VectorElement, VectorIndex};

fn field(name: &'static str, data_type: DataType, nullable: bool) -> FieldDef {
    FieldDef {
        name,
        data_type,
        nullable,
        description: "",
        optional: false,
        index: None,
        fts: None,
        auto_timestamp: None,
        renamed_from: &[],
        private: false,
        kind: ColumnKind::Opaque,
    }
}

fn record() -> RecordDef {
    RecordDef {
        record: "Note",
        table: "notes".into(),
        description: "",
        fields: vec![field("id", DataType::Int64, false), field("text", DataType::Utf8, true)],
        vectors: vec![VectorDef {
            name: "vector",
            sources: vec![1],
            template: None,
            metric: Metric::Cosine,
            index: VectorIndex::Auto,
            element: VectorElement::Float32,
            multi: false,
            model: 0,
        }],
        key: vec![0],
        schema_version: 0,
        scope: Vec::new(),
        metadata: Vec::new(),
    }
}

/// Compares the columns and the vectors of [`record`].
fn changed_columns(opened: &Schema, now: &Schema) -> Option<Error> {
    change_error(&record(), ["vector"], opened, now)
}

fn opened() -> Schema {
    let schema = record().arrow_schema(&[ModelIdentity::new("m", 3)]);
    with_metadata(&schema, keys::TABLE_ID, "1")
}

fn with_metadata(schema: &Schema, key: &str, value: &str) -> Schema {
    let mut metadata: HashMap<String, String> = schema.metadata().clone();
    metadata.insert(key.to_owned(), value.to_owned());
    Schema::new_with_metadata(schema.fields().clone(), metadata)
}

/// Returns the opened schema with one field changed. A closure that returns `None` drops the field.
fn with_field(name: &str, change: impl Fn(Field) -> Option<Field>) -> Schema {
    let opened = opened();
    let fields = opened.fields().iter().filter_map(|field| {
        let field = Field::clone(field);
        if field.name() == name { change(field) } else { Some(field) }
    });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), opened.metadata().clone())
}

#[test]
fn a_change_of_a_column_of_the_record_is_reported_with_its_name() {
    let marked = |key: &'static str, value: &'static str| {
        move |field: Field| {
            let mut metadata = field.metadata().clone();
            metadata.insert(key.to_owned(), value.to_owned());
            Some(field.with_metadata(metadata))
        }
    };
    let cases = [
        (with_metadata(&opened(), keys::TABLE_ID, "2"), None, "created again"),
        (with_metadata(&opened(), keys::SCHEMA_VERSION, "3"), None, "schema version is 3"),
        (with_field("text", |_| None), Some("text"), "renamed or dropped"),
        (with_field("text", |field| Some(field.with_name("body"))), Some("text"), "renamed or dropped"),
        (with_field("id", |field| Some(field.with_data_type(DataType::Int32))), Some("id"), "Int32"),
        (with_field("id", |field| Some(field.with_nullable(true))), Some("id"), "became nullable"),
        (with_field("text", |field| Some(field.with_nullable(false))), Some("text"), "no longer nullable"),
        (with_field("text", marked(keys::KEY, "1")), None, "its key is (id, text)"),
        (with_field("vector", |_| None), Some("vector"), "renamed or dropped"),
        (with_field("vector", marked(keys::MODEL_ID, "n")), Some("vector"), "re-embedded with model n"),
        (with_field("vector", marked(keys::METRIC, "l2")), Some("vector"), "compared differently"),
    ];
    for (now, column, says) in cases {
        let error = changed_columns(&opened(), &now).unwrap();
        assert_eq!((error.kind(), error.column()), (ErrorKind::TableChanged, column), "{error:?}");
        assert!(error.message().contains(says) && error.help().is_some(), "{error:?}");
        let of_rows = row_change_error(&record(), &opened(), &now).is_some();
        assert_eq!(of_rows, column != Some("vector"), "{error:?}");
    }
}

#[test]
fn a_change_outside_the_record_is_ignored() {
    assert!(changed_columns(&opened(), &opened()).is_none());
    let mut fields: Vec<Field> = opened().fields().iter().map(|field| Field::clone(field)).collect();
    fields.push(Field::new("author", DataType::Utf8, true));
    fields.rotate_left(1);
    let wider = Schema::new_with_metadata(fields, opened().metadata().clone());
    assert!(changed_columns(&opened(), &wider).is_none());
    assert!(changed_columns(&wider, &opened()).is_none(), "a column that is dropped again");
    let described = with_metadata(&opened(), keys::DESCRIPTION, "new text");
    assert!(changed_columns(&opened(), &described).is_none());
}

/// If the table lacks a column that has a default, reads return the default. Once the column has been added, reads return
/// its values.
#[test]
fn a_missing_column_that_is_added_is_a_change() {
    let without = with_field("text", |_| None);
    let error = row_change_error(&record(), &without, &opened()).unwrap();
    assert_eq!((error.kind(), error.column()), (ErrorKind::TableChanged, Some("text")));
}

#[test]
fn a_table_without_an_id_is_compared_by_its_columns() {
    let without = |schema: Schema| Schema::new_with_metadata(schema.fields().clone(), HashMap::new());
    assert!(changed_columns(&without(opened()), &without(opened())).is_none());
    assert!(changed_columns(&without(opened()), &opened()).is_some());
    assert!(changed_columns(&opened(), &without(opened())).is_some());
}
