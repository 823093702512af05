use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(rename = "_distance")]
    shelf: f32,
    _rowid: u64,
    vector__standby: String,
}

fn main() {}
