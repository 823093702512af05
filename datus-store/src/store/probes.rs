//! The vectors of the probe text, kept in the schema of a table.

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use crate::error::Result;
use crate::model::{EmbeddingModel, probe};
use crate::record::{RecordDef, keys};

/// Adds the vector of the probe text to the metadata of each vector column. Each model is called once.
///
/// # Errors
/// `Model`, with the column, when a model fails.
pub(super) async fn with_probes(
    schema: &SchemaRef,
    record: &RecordDef,
    models: &[Arc<dyn EmbeddingModel>],
) -> Result<SchemaRef> {
    let mut texts: Vec<Option<String>> = vec![None; models.len()];
    let mut fields: Vec<Field> = schema.fields().iter().map(|field| Field::clone(field)).collect();
    for field in &mut fields {
        let Some(vector) = record.vectors.iter().find(|vector| vector.name == field.name()) else { continue };
        let (Some(model), Some(cached)) = (models.get(vector.model), texts.get_mut(vector.model)) else {
            continue;
        };
        let text = match cached {
            Some(text) => text.clone(),
            None => {
                let vector = probe::vector(&**model).await.map_err(|error| error.with_column(vector.name))?;
                cached.insert(probe::to_text(&vector)).clone()
            }
        };
        let mut metadata = field.metadata().clone();
        metadata.insert(keys::PROBE.to_owned(), text);
        field.set_metadata(metadata);
    }
    Ok(Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())))
}
