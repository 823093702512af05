use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(key)]
    isbn: String,
    #[datus(embed)]
    title: String,
}

fn read(books: Store<Book>) {
    let _ = books.similar_to(978);
}

fn main() {}
