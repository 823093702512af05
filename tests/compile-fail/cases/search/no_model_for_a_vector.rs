use compile_fail::Store;
use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed)]
    title: String,
}

fn read() {
    let _ = Store::<Book>::open(());
}

fn main() {}
