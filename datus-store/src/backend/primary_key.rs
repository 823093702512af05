use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::record::keys;

/// Lance's own names for the columns of a key, on the field. With them a merge by these columns says in its commit
/// which keys it inserted, and of two that insert one key the second is refused.
const PRIMARY_KEY: &str = "lance-schema:unenforced-primary-key";
const POSITION: &str = "lance-schema:unenforced-primary-key:position";

/// The schema to create a table with: where Lance can tell all columns of the key apart, it is told of the key.
pub(super) fn with_primary_key(schema: &SchemaRef) -> SchemaRef {
    let key =
        |field: &Field| field.metadata().get(keys::KEY).and_then(|position| position.parse::<u32>().ok());
    let parts = schema.fields().iter().filter(|field| key(field).is_some());
    if parts.clone().next().is_none() || !parts.clone().all(|field| is_told_apart(field)) {
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

/// Whether Lance notes values of this type: of another one it would note nothing, and miss what it is there to find.
fn is_told_apart(field: &Field) -> bool {
    let noted = matches!(
        field.data_type(),
        DataType::Utf8
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt32
            | DataType::UInt64
            | DataType::Binary
    );
    noted && !field.is_nullable()
}
