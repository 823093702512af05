#[derive(datus_store::EmbeddingRecord)] pub struct Half { pub id: i64 }
