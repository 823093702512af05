#[derive(datus_store::EmbeddingRecord)] pub struct Chunk { #[datus(embed)] pub id: String }
