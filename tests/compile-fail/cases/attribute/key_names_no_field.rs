use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
#[datus(key(isbn, editon))]
struct Book {
    isbn: String,
    edition: u32,
}

fn main() {}
