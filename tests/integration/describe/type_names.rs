#[derive(datus_store::EmbeddingRecord)] pub struct StringRow { pub id: i64 }
