use datus_store::EmbeddingRecord;

struct Author;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    authors: Vec<Author>,
}

fn main() {}
