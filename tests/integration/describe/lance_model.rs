#[derive(datus_store::EmbeddingRecord)] pub struct Documents { #[datus(embed)] pub id: String }
