use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Dictionaries>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "dictionaries")]
pub struct Dictionaries {
    #[datus(dictionary)]
    pub kind: String,
    #[datus(dictionary)]
    pub color: Option<String>,
    // The column `short_keys` is Dictionary(Int8, Utf8): no field can hold it.
}
