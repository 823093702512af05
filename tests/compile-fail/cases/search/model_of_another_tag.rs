use compile_fail::{BgeModel, MiniLm, Store};
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed(model = MiniLm))]
    title: String,
}

fn read(model: BgeModel) {
    let _ = Store::<Book>::open(model);
}

fn main() {}
