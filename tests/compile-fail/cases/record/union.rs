use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
union Number {
    integer: i64,
    float: f64,
}

fn main() {}
