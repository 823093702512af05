use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(dictionary)]
    shelf: u32,
}

fn main() {}
