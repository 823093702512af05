use compile_fail::Store;
use datus_store::EmbeddingRecord;
use datus_store::model::HashingModel;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed(multi))]
    text: String,
}

fn read() {
    let _ = Store::<Book>::open(HashingModel::new(384));
}

fn main() {}
