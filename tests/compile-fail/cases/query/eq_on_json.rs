use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(json)]
    remarks: Vec<String>,
}

fn main() {
    let t = Book::columns();
    let _ = t.remarks.eq("novel");
}
