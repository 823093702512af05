use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(filter)]
    notes: String,
}

fn main() {}
