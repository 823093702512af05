#[derive(datus_store::EmbeddingRecord)] pub struct NestedLists { pub id: i64 }
