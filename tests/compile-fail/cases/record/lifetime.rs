use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Page<'a> {
    title: &'a str,
}

fn main() {}
