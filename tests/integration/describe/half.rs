// Needs the cargo feature `half` of datus-store.
use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Half>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "half")]
pub struct Half {
    pub weight: half::f16,
    pub weights: Option<Vec<Option<half::f16>>>,
}
