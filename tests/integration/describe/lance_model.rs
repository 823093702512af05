use datus_store::EmbeddingRecord;

// Python's function `sentence-transformers` made `vector` with the model `datus/hashing`.
// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Documents>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "documents")]
pub struct Documents {
    #[datus(embed)]
    pub text: String,
    pub id: i64,
}
