use datus_store::{ColumnEnum, Condition, EmbeddingRecord};

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
    let _ = BookFilter { title: Some(Condition::is_null()), ..BookFilter::default() };
}
