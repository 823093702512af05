//! The output of the derives: schemas, names, definitions, and where a derive can be used.

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

/// Returns the column names of a record, without vectors.
fn columns<R: EmbeddingRecord>() -> Vec<&'static str> {
    R::definition().fields.iter().map(|field| field.name).collect()
}

/// Returns the schema of a record's table, with models of 4, 8, 12, … dimensions.
fn schema<R: EmbeddingRecord>() -> SchemaRef {
    let definition = R::definition();
    let models =
        (1..=definition.model_count()).map(|model| ModelIdentity::new(format!("model-{model}"), 4 * model));
    definition.arrow_schema(&models.collect::<Vec<_>>())
}
