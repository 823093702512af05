#[derive(datus_store::EmbeddingRecord)] pub struct Times { pub id: i64 }
