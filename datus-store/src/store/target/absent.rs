//! Reads the identities of absent models from the schema of the table.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{AvailableModels, ModelIdentity};
use crate::record::{RecordDef, keys};

/// Returns the identity of the model at this position, as the table stores it.
///
/// # Errors
/// `Model` if the table has no vector of the model.
pub(super) fn stored_identity(
    record: &RecordDef,
    position: usize,
    stored: Option<&Schema>,
) -> Result<ModelIdentity> {
    let mut vectors = record.vectors.iter().filter(|vector| vector.model == position);
    let field = vectors.clone().find_map(|vector| stored?.field_with_name(vector.name).ok());
    let Some(field) = field else {
        let message = "the table has no such vector column, so its model is required";
        let error = Error::new(ErrorKind::Model, message)
            .with_help("open the table with the model instead of `NoModel`");
        return Err(match vectors.next() {
            Some(vector) => error.with_column(vector.name),
            None => error,
        });
    };
    let vector = match field.data_type() {
        DataType::List(vector) => vector.data_type(),
        vector => vector,
    };
    let dimension = match vector {
        DataType::FixedSizeList(_, length) => usize::try_from(*length).ok(),
        _ => None,
    };
    let identity = ModelIdentity::from_metadata(field.metadata());
    let mut identity = identity.unwrap_or_else(|| ModelIdentity::new("unknown", 1));
    identity.dimension = dimension.unwrap_or(identity.dimension);
    Ok(identity)
}

/// Returns the schema with the table's stored metadata for each absent model, so that the model is not a difference.
pub(super) fn with_stored_models(
    schema: &Schema,
    record: &RecordDef,
    given: &AvailableModels,
    stored: &Schema,
) -> SchemaRef {
    let is_absent = |field: &Field| {
        let vector = record.vectors.iter().find(|vector| vector.name == field.name());
        vector.is_some_and(|vector| given.get(vector.model).is_some_and(Option::is_none))
    };
    let fields = schema.fields().iter().map(|field| {
        let Some(found) = stored.field_with_name(field.name()).ok().filter(|_| is_absent(field)) else {
            return Field::clone(field);
        };
        let mut metadata = field.metadata().clone();
        for key in keys::MODEL {
            match found.metadata().get(key) {
                Some(value) => metadata.insert(key.to_owned(), value.clone()),
                None => metadata.remove(key),
            };
        }
        Field::clone(field).with_metadata(metadata)
    });
    let fields: Vec<Field> = fields.collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}
