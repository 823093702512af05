use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Blobs>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "blobs")]
pub struct Blobs {
    pub id: i64,
    // The column `image` is a blob: no field can hold it.
    // The column `page` is LargeUtf8: no field can hold it.
    // The column `items` is LargeList(Int32): no field can hold it.
}
