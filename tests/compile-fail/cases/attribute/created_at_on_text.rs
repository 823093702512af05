use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(created_at)]
    born: Option<String>,
    #[datus(updated_at)]
    changed: i64,
}

fn main() {}
