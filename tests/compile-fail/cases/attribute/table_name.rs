use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
#[datus(table = "books/2025")]
struct Book {
    title: String,
}

fn main() {}
