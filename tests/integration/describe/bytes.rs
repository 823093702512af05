use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Bytes>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "bytes")]
pub struct Bytes {
    pub hash: [u8; 32],
    pub uuid: Option<[u8; 16]>,
    pub content: Option<Vec<u8>>,
}
