use datus_store::{ColumnEnum, EmbeddingRecord};

#[derive(Debug, Clone, PartialEq, ColumnEnum)]
enum Genre {
    Novel,
}

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(default)]
    genre: Genre,
}

fn main() {}
