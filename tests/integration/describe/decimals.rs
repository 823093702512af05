// Needs the cargo feature `rust_decimal` of datus-store.
use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Decimals>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "decimals")]
pub struct Decimals {
    #[datus(decimal(10, 2))]
    pub price: rust_decimal::Decimal,
    #[datus(decimal(38, 18))]
    pub exact: Option<rust_decimal::Decimal>,
    #[datus(decimal(12, 4))]
    pub prices: Option<Vec<Option<rust_decimal::Decimal>>>,
    // The column `large` is Decimal256(60, 10): no field can hold it.
}
