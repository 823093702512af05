#[derive(datus_store::EmbeddingRecord)] pub struct Timestamps { pub id: i64 }
