use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(timestamp(ms, "UTC"))]
    published: String,
}

fn main() {}
