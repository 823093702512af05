#[derive(datus_store::EmbeddingRecord)] pub struct Page { #[datus(embed)] pub id: String }
