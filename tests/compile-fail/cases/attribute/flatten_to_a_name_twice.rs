use datus_store::{ColumnStruct, EmbeddingRecord};

#[derive(ColumnStruct)]
struct Address {
    city: String,
}

#[derive(EmbeddingRecord)]
struct Shop {
    home_city: String,
    #[datus(flatten(prefix = "home_"))]
    home: Address,
    #[datus(flatten)]
    work: Address,
    #[datus(flatten)]
    old: Address,
}

fn main() {}
