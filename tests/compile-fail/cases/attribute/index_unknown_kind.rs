use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(index = b_tree)]
    title: String,
}

fn main() {}
