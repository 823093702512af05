#[derive(datus_store::EmbeddingRecord)] pub struct Sales2024V1 { pub id: i64 }
