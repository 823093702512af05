use compile_fail::Store;
use datus_store::{EmbeddingRecord, record::TextSearchable};

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(fts)]
    title: String,
}

#[derive(EmbeddingRecord)]
struct Film {
    #[datus(fts)]
    title: String,
}

fn read(books: Store<Book>) {
    let _ = books.search_text(|_| Film::texts().title.matches("Emma"));
}

fn main() {}
