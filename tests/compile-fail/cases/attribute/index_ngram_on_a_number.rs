use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(index = ngram)]
    pages: u32,
}

fn main() {}
