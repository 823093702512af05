use compile_fail::Store;
use datus_store::{Embedding, EmbeddingRecord};

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed(multi))]
    text: String,
}

fn read(books: Store<Book>) {
    let _ = books.search(Embedding::of("my-model", [1.0, 0.0]));
}

fn main() {}
