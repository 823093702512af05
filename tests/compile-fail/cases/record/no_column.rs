use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Page {
    #[datus(skip)]
    cache: Option<String>,
}

fn main() {}
