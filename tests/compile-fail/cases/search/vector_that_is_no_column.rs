use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed)]
    title: String,
    #[datus(embed(column = "summary_vector"))]
    summary: String,
    year: i32,
}

fn read(books: Store<Book>) {
    let _ = books.vector(|v| v.year).search("a comedy of manners");
}

fn main() {}
