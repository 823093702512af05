use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(key)]
    isbn: String,
    #[datus(key)]
    edition: u32,
}

fn main() {}
