use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(filter = false)]
    notes: String,
}

fn main() {
    let _ = Book::columns().notes.eq("a");
    let _ = BookFilter { title: Some("Emma".into()), notes: Some("a".into()), ..BookFilter::default() };
}
