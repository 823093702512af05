use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(decimal(10, 2))]
    price: f64,
}

fn main() {}
