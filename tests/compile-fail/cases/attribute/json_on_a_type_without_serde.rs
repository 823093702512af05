use datus_store::EmbeddingRecord;

struct Author;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(json)]
    author: Author,
}

fn main() {}
