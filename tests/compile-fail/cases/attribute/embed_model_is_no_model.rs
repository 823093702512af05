use datus_store::EmbeddingRecord;

struct MiniLm;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed(model = MiniLm))]
    title: String,
}

fn main() {}
