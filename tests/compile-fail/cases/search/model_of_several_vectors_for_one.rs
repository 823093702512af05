use compile_fail::Store;
use datus_store::EmbeddingRecord;
use datus_store::model::{EmbeddingModelExt, HashingModel};

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed)]
    text: String,
}

fn read() {
    let _ = Store::<Book>::open(HashingModel::new(384).passages());
}

fn main() {}
