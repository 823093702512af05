#[derive(datus_store::EmbeddingRecord)] pub struct Texts { pub id: i64 }
