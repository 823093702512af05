use compile_fail::Store;
use datus_store::{ColumnStruct, EmbeddingRecord};

#[derive(ColumnStruct)]
struct Address {
    city: String,
}

#[derive(EmbeddingRecord)]
struct Shop {
    #[datus(flatten)]
    home: Address,
}

fn find(shops: &Store<Shop>) {
    let _ = shops.search_all().filter(|t| t.home.city.eq("Oslo")).select(|t| t.home);
}

fn main() {}
