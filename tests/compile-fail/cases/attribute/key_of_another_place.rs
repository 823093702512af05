use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
#[datus(embed)]
struct Book {
    #[datus(table = "books")]
    title: String,
}

fn main() {}
