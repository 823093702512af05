use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::record::keys;

/// The keys of the field metadata with which Lance marks the columns of a primary key. A merge by these columns then records
/// the inserted keys in its commit. If two merges insert the same key, Lance refuses the second one.
const PRIMARY_KEY: &str = "lance-schema:unenforced-primary-key";
const POSITION: &str = "lance-schema:unenforced-primary-key:position";

/// Returns the schema to create a table with. It declares the primary key to Lance if Lance supports the types of all key
/// columns.
pub(super) fn with_primary_key(schema: &SchemaRef) -> SchemaRef {
    let key =
        |field: &Field| field.metadata().get(keys::KEY).and_then(|position| position.parse::<u32>().ok());
    let parts = schema.fields().iter().filter(|field| key(field).is_some());
    if parts.clone().next().is_none() || !parts.clone().all(|field| is_recorded(field)) {
        return Arc::clone(schema);
    }
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| {
            let Some(position) = key(field) else { return Field::clone(field) };
            let mut metadata = field.metadata().clone();
            metadata.insert(PRIMARY_KEY.to_owned(), "true".to_owned());
            // Lance counts from 1.
            metadata.insert(POSITION.to_owned(), (position + 1).to_string());
            Field::clone(field).with_metadata(metadata)
        })
        .collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// Returns `true` if Lance records key values of this type. For other types, Lance would record nothing and miss duplicate
/// keys.
fn is_recorded(field: &Field) -> bool {
    let has_supported_type = matches!(
        field.data_type(),
        DataType::Utf8
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt32
            | DataType::UInt64
            | DataType::Binary
    );
    has_supported_type && !field.is_nullable()
}
