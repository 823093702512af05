// Needs the cargo feature `half` of datus-store.
use datus_store::EmbeddingRecord;

// If `small` was made from a text column, put `#[datus(embed(column = "small"))]` on its field and remove this one.
// If `medium` was made from a text column, put `#[datus(embed(column = "medium"))]` on its field and remove this one.
// If `large` was made from a text column, put `#[datus(embed(column = "large"))]` on its field and remove this one.
// If `wide` was made from a text column, put `#[datus(embed(column = "wide"))]` on its field and remove this one.
// If `half` was made from a text column, put `#[datus(embed(column = "half"))]` on its field and remove this one.
// If `never_null_items` was made from a text column, put `#[datus(embed(column = "never_null_items"))]` on its field and remove this one.
// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Vectors>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "vectors")]
pub struct Vectors {
    pub small: Option<[f32; 3]>,
    pub medium: [f32; 384],
    pub large: Option<[f32; 1536]>,
    pub wide: Option<[f64; 8]>,
    pub half: Option<[half::f16; 64]>,
    // The column `bytes` is FixedSizeList(128 x UInt8): no field can hold it.
    pub never_null_items: Option<[f32; 4]>,
}
