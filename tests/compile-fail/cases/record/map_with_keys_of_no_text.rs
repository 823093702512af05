use datus_store::EmbeddingRecord;
use std::collections::HashMap;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    pages: HashMap<u32, String>,
}

fn main() {}
