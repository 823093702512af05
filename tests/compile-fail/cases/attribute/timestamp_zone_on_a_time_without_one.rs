use datus_store::EmbeddingRecord;
use chrono::NaiveDateTime;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(timestamp(ms, "UTC"))]
    published: NaiveDateTime,
}

fn main() {}
