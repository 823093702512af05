use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Tuple(String, i64);

#[derive(EmbeddingRecord)]
struct Unit;

fn main() {}
