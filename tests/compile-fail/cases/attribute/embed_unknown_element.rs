use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed(element = half))]
    text: String,
}

fn main() {}
