#[derive(datus_store::EmbeddingRecord)] pub struct Lists { pub id: i64 }
