use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Texts>(models)` checks it and records the vectors and the key.
/// Texts.
///
/// With a second paragraph.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "texts")]
pub struct Texts {
    pub id: String,
    pub note: Option<String>,
}
