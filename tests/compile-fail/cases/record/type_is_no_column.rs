use datus_store::EmbeddingRecord;

struct Author {
    name: String,
}

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    author: Author,
}

fn main() {}
