#[derive(datus_store::EmbeddingRecord)] pub struct Blobs { pub id: i64 }
