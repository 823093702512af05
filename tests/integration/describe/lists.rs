use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Lists>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "lists")]
pub struct Lists {
    pub tags: Option<Vec<Option<String>>>,
    pub numbers: Vec<i64>,
    pub deep: Option<Vec<Option<Vec<Option<f32>>>>>,
    pub blobs: Option<Vec<Vec<u8>>>,
    // The column `small` is List(UInt8): no field can hold it.
}
