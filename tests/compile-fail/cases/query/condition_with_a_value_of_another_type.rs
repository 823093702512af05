use datus_store::{ColumnEnum, EmbeddingRecord};

#[derive(ColumnEnum)]
enum Genre {
    Novel,
}

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    year: i32,
    genre: Genre,
    tags: Vec<String>,
}

fn main() {
    let _ = BookFilter { year: Some("1900".into()), ..BookFilter::default() };
}
