#[derive(datus_store::EmbeddingRecord)] pub struct SchemaMetadata { pub id: i64 }
