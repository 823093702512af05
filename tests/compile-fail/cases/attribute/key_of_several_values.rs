use datus_store::{ColumnStruct, EmbeddingRecord};

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Place {
    city: String,
}

#[derive(EmbeddingRecord)]
#[datus(key(words, place))]
struct Page {
    words: Vec<String>,
    place: Place,
}

#[derive(EmbeddingRecord)]
struct File {
    #[datus(key)]
    path: std::path::PathBuf,
}

fn main() {}
