use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(rename = "title")]
    subtitle: String,
}

fn main() {}
