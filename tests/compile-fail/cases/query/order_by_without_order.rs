use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    lent: bool,
}

fn read(books: Store<Book>) {
    let _ = books.search_all().order_by(|t| t.lent.asc());
}

fn main() {}
