use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(index = label_list)]
    title: String,
}

fn main() {}
