use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    year: i32,
}

fn main() {
    let t = Book::columns();
    let _ = t.title.contains_any(["Emma"]);
}
