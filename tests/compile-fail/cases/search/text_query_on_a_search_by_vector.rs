use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed, fts)]
    title: String,
}

fn read(books: Store<Book>) {
    let _ = books.search("a comedy of manners").text_query(|t| t.title.matches("Emma"));
}

fn main() {}
