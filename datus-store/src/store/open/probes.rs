//! Stores the vectors of the probe text in the schema of a table.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, probe};
use crate::record::{RecordDef, keys};

/// Adds the vector of the probe text to the metadata of each vector column. Each model is called once.
///
/// # Errors
/// `Model`, with the column, when a model fails.
pub(in crate::store) async fn with_probes(
    schema: &SchemaRef,
    record: &RecordDef,
    models: &[Arc<dyn EmbeddingModel>],
) -> Result<SchemaRef> {
    let mut texts: HashMap<usize, String> = HashMap::new();
    let mut fields: Vec<Field> = schema.fields().iter().map(|field| Field::clone(field)).collect();
    for field in &mut fields {
        let Some(vector) = record.vectors.iter().find(|vector| vector.name == field.name()) else { continue };
        let text = match texts.get(&vector.model) {
            Some(text) => text.clone(),
            None => {
                let no_model = || Error::new(ErrorKind::Engine, "the vector column has no model");
                let model = models.get(vector.model).ok_or_else(no_model);
                let embedding = match model {
                    Ok(model) => probe::vector(&**model).await,
                    Err(error) => Err(error),
                };
                let text = probe::to_text(&embedding.map_err(|error| error.with_column(vector.name))?);
                texts.insert(vector.model, text.clone());
                text
            }
        };
        let mut metadata = field.metadata().clone();
        metadata.insert(keys::PROBE.to_owned(), text);
        field.set_metadata(metadata);
    }
    Ok(Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())))
}
