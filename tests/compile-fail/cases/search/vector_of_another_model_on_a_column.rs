use compile_fail::{Bge, MiniLm, Store};
use datus_store::{Embedding, EmbeddingRecord};

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed(model = MiniLm))]
    title: String,
}

fn read(books: Store<Book>, vector: Embedding<Bge>) {
    let _ = books.vector(|v| v.title).search(vector);
}

fn main() {}
