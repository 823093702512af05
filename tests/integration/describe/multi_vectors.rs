use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<MultiVectors>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "multi_vectors")]
pub struct MultiVectors {
    pub id: i32,
    pub tokens: Option<Vec<Option<[f32; 4]>>>,
}
