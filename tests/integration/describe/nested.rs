#[derive(datus_store::EmbeddingRecord)] pub struct Nested { pub id: i64 }
