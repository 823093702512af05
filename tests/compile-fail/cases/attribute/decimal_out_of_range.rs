use datus_store::EmbeddingRecord;
use rust_decimal::Decimal;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(decimal(50, 2))]
    price: Decimal,
    #[datus(decimal(5, 6))]
    discount: Decimal,
}

fn main() {}
