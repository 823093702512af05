#[derive(datus_store::EmbeddingRecord)] pub struct Dictionaries { pub id: i64 }
