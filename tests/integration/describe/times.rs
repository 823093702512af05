// Needs the cargo feature `chrono` of datus-store.
use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Times>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "times")]
pub struct Times {
    pub day: chrono::NaiveDate,
    pub at: Option<chrono::NaiveTime>,
    pub took: Option<std::time::Duration>,
    // The column `millis` is Date64: no field can hold it.
    // The column `seconds` is Time32(s): no field can hold it.
}
