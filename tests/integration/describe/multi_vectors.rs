#[derive(datus_store::EmbeddingRecord)] pub struct MultiVectors { pub id: i64 }
