use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    lent: bool,
}

fn main() {
    let t = Book::columns();
    let _ = t.lent.lt(true);
    let _ = t.lent.between(false, true);
}
