use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(fts(language = "Englsh"))]
    title: String,
    #[datus(fts(stems = true))]
    remarks: String,
}

fn main() {}
