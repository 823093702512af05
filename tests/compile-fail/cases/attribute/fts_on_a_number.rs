use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(fts)]
    pages: u32,
    #[datus(fts)]
    tags: Vec<String>,
}

fn main() {}
