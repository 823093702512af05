use datus_store::EmbeddingRecord;

struct Cover;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(skip)]
    cover: Cover,
}

fn main() {}
