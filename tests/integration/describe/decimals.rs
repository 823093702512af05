#[derive(datus_store::EmbeddingRecord)] pub struct Decimals { pub id: i64 }
