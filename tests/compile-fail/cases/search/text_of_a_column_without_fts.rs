use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(fts)]
    title: String,
    author: String,
}

fn read(books: Store<Book>) {
    let _ = books.search_text(|t| t.author.matches("Austen"));
}

fn main() {}
