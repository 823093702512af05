use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed)]
    title: String,
    #[datus(embed)]
    summary: String,
}

fn main() {}
