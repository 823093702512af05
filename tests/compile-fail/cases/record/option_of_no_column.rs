use datus_store::EmbeddingRecord;

struct Author;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    author: Option<Author>,
}

fn main() {}
