use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed)]
    title: String,
}

fn read(books: Store<Book>) {
    let _ = books.search("a comedy of manners").limit(3).full_text();
}

fn main() {}
