use datus_store::EmbeddingRecord;
use rust_decimal::Decimal;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    price: Decimal,
}

fn main() {}
