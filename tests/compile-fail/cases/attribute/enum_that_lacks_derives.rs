use datus_store::{ColumnEnum, EmbeddingRecord};

#[derive(ColumnEnum)]
enum Genre {
    Novel,
}

#[derive(EmbeddingRecord)]
struct Book {
    genre: Genre,
}

fn main() {}
