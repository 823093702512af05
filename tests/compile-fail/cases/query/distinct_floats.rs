use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    price: f64,
}

fn read(books: Store<Book>) {
    let _ = books.search_all().select(|t| t.price).distinct();
}

fn main() {}
