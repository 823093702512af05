use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Note {
    #[datus(scope)]
    tenant: Option<String>,
    #[datus(scope)]
    weight: f64,
    text: String,
}

fn main() {}
