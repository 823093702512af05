use datus_store::EmbeddingRecord;

// If `vector` was made from a text column, put `#[datus(embed(column = "vector"))]` on the field of that column, and remove the field of `vector`.
// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<SchemaMetadata>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "schema_metadata")]
pub struct SchemaMetadata {
    pub identifier: Option<String>,
    pub catalog_name: Option<String>,
    pub database_name: Option<String>,
    pub schema_name: Option<String>,
    pub table_name: Option<String>,
    pub table_type: Option<String>,
    pub definition: Option<String>,
    pub vector: Option<[f32; 384]>,
}
