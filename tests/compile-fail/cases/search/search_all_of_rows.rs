use compile_fail::Store;
use datus_store::{EmbeddingRecord, search_all_of};

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed)]
    title: String,
}

fn read(books: Store<Book>) {
    let _ = search_all_of((books.search("a comedy of manners"), books.search_all()));
}

fn main() {}
