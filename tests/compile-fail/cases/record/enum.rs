use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
enum Shape {
    Circle,
    Square,
}

fn main() {}
