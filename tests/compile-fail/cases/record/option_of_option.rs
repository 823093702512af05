use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    subtitle: Option<Option<String>>,
}

fn main() {}
