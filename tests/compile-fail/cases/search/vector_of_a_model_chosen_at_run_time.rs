use compile_fail::{MiniLm, Store};
use datus_store::{Embedding, EmbeddingRecord};

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed(model = MiniLm))]
    title: String,
}

fn read(books: Store<Book>, vector: Embedding) {
    let _ = books.search(vector);
}

fn main() {}
