use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(skip, index)]
    shelf: String,
    #[datus(json, embed)]
    remarks: Vec<String>,
}

fn main() {}
