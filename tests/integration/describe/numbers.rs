use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Numbers>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "numbers")]
pub struct Numbers {
    pub n0: bool,
    pub maybe_n0: Option<bool>,
    pub n1: i8,
    pub maybe_n1: Option<i8>,
    pub n2: i16,
    pub maybe_n2: Option<i16>,
    pub n3: i32,
    pub maybe_n3: Option<i32>,
    pub n4: i64,
    pub maybe_n4: Option<i64>,
    pub n5: u8,
    pub maybe_n5: Option<u8>,
    pub n6: u16,
    pub maybe_n6: Option<u16>,
    pub n7: u32,
    pub maybe_n7: Option<u32>,
    pub n8: u64,
    pub maybe_n8: Option<u64>,
    pub n9: f32,
    pub maybe_n9: Option<f32>,
    pub n10: f64,
    pub maybe_n10: Option<f64>,
}
