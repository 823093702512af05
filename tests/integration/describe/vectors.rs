// Needs the cargo feature `half` of datus-store.
use datus_store::EmbeddingRecord;

// If `small` was made from a text column, put `#[datus(embed(column = "small"))]` on the field of that column, and remove the field of `small`.
// If `medium` was made from a text column, put `#[datus(embed(column = "medium"))]` on the field of that column, and remove the field of `medium`.
// If `large` was made from a text column, put `#[datus(embed(column = "large"))]` on the field of that column, and remove the field of `large`.
// If `wide` was made from a text column, put `#[datus(embed(column = "wide"))]` on the field of that column, and remove the field of `wide`.
// If `half` was made from a text column, put `#[datus(embed(column = "half"))]` on the field of that column, and remove the field of `half`.
// If `never_null_items` was made from a text column, put `#[datus(embed(column = "never_null_items"))]` on the field of that column, and remove the field of `never_null_items`.
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
