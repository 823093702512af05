use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed(multi, metric = l2, model = MiniLm))]
    text: String,
}

fn main() {}
