use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
#[datus(key(author, title))]
struct Book {
    author: String,
    #[datus(embed)]
    title: String,
}

fn read(books: Store<Book>) {
    let _ = books.similar_to(("Austen", "Emma")).limit(3);
    let _ = books.similar_to("Austen");
}

fn main() {}
