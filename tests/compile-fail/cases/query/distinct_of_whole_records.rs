use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    year: i32,
}

fn read(books: Store<Book>) {
    let _ = books.search_all().distinct();
}

fn main() {}
