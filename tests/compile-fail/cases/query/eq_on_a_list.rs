use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    tags: Vec<String>,
}

fn main() {
    let t = Book::columns();
    let _ = t.tags.eq("novel");
}
