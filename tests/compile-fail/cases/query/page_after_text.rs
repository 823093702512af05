use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
}

fn read(books: Store<Book>, token: String) {
    let _ = books.search_all().page(10).after(token);
}

fn main() {}
