use chrono::{DateTime, Utc};
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(key, created_at)]
    id: DateTime<Utc>,
    #[datus(created_at, updated_at)]
    born: DateTime<Utc>,
}

fn main() {}
