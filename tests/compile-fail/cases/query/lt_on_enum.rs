use datus_store::{ColumnEnum, EmbeddingRecord};

#[derive(Debug, Clone, PartialEq, ColumnEnum)]
enum Genre {
    Novel,
    Essay,
}

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    genre: Genre,
}

fn main() {
    let t = Book::columns();
    let _ = t.genre.lt(Genre::Essay);
}
