use datus_store::{ColumnStruct, EmbeddingRecord};

#[derive(ColumnStruct)]
struct Address {
    city: String,
}

#[derive(EmbeddingRecord)]
struct Shop {
    name: String,
    #[datus(flatten)]
    home: Option<Address>,
    #[datus(flatten)]
    owner: String,
}

fn main() {}
