use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed(index = ivfpq))]
    text: String,
}

fn main() {}
