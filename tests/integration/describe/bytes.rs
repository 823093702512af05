#[derive(datus_store::EmbeddingRecord)] pub struct Bytes { pub id: i64 }
