use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(default = "many")]
    pages: u32,
    #[datus(default = 1.5)]
    shelf: i64,
}

fn main() {}
