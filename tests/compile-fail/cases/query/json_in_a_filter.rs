use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(json)]
    remarks: Vec<String>,
}

fn read(books: Store<Book>) {
    let _ = books.search_all().remarks("novel");
    let _ = BookFilter { remarks: Some("novel"), ..Default::default() };
}

fn main() {}
