#[derive(datus_store::EmbeddingRecord)] pub struct Numbers { pub id: i64 }
