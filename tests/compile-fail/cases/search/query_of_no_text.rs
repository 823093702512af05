use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed)]
    title: String,
}

fn read(books: Store<Book>) {
    let _ = books.search(1815);
    let _ = books.search(vec![0.0_f32; 384]);
}

fn main() {}
