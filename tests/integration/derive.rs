//! What the derives make of a struct: its schema, its names, its definition, and where it can stand.

mod defaults;
mod definition;
mod flatten;
mod generics;
mod metadata;
mod names;
mod private;
mod rename_from;
mod stamps;
mod surroundings;
mod templates;
mod types;
mod vectors;

use arrow_schema::SchemaRef;
use datus_store::EmbeddingRecord;
use datus_store::model::ModelIdentity;

/// The names of the columns of a record, without vectors.
fn columns<R: EmbeddingRecord>() -> Vec<&'static str> {
    R::definition().fields.iter().map(|field| field.name).collect()
}

/// The schema of the table of a record, with models of 4, 8, 12 … dimensions.
fn schema<R: EmbeddingRecord>() -> SchemaRef {
    let definition = R::definition();
    let models =
        (1..=definition.model_count()).map(|model| ModelIdentity::new(format!("model-{model}"), 4 * model));
    definition.arrow_schema(&models.collect::<Vec<_>>())
}
