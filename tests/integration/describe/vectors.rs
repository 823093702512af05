#[derive(datus_store::EmbeddingRecord)] pub struct Vectors { pub id: i64 }
