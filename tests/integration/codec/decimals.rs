use rust_decimal::Decimal;

use super::{assert_survive_as, round_trip};
use datus_store::EmbeddingRecord;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn decimals_survive_at_the_limits_of_their_column() {
    assert_survive_as!(
        #[datus(decimal(10, 2))]
        Decimal,
        ["0", "-0.01", "99999999.99", "-99999999.99"].map(decimal)
    );
    assert_survive_as!(
        #[datus(decimal(1, 1))]
        Decimal,
        ["0", "0.9", "-0.9"].map(decimal)
    );
    assert_survive_as!(
        #[datus(decimal(28, 28))]
        Decimal,
        ["0", "0.9999999999999999999999999999"].map(decimal)
    );
}

#[test]
fn the_largest_decimals_of_rust_survive() {
    let limits = [Decimal::MIN, Decimal::MAX, Decimal::ZERO, Decimal::ONE];
    assert_survive_as!(
        #[datus(decimal(29, 0))]
        Decimal,
        limits
    );
    assert_survive_as!(
        #[datus(decimal(38, 0))]
        Decimal,
        limits
    );
}

/// `rust_decimal` holds 96 bits and 28 decimal places, and Arrow holds 38 digits. Dropping trailing zeros beyond 28
/// places loses nothing.
#[test]
fn decimals_survive_in_a_column_with_more_digits_than_rust_decimal_holds() {
    let limits = [Decimal::MIN, Decimal::MAX, Decimal::ZERO, decimal("-0.5"), decimal("12345.678901234")];
    assert_survive_as!(
        #[datus(decimal(38, 9))]
        Decimal,
        limits
    );
    let small = [decimal("1.5"), decimal("-0.0000000000000000000000000001"), decimal("99.1"), Decimal::ZERO];
    assert_survive_as!(
        #[datus(decimal(38, 36))]
        Decimal,
        small
    );
}

#[test]
fn trailing_zeros_do_not_count_as_decimal_places() {
    assert_survive_as!(
        #[datus(decimal(4, 1))]
        Decimal,
        ["1.5000000000", "100.00", "-0.0"].map(decimal)
    );
}

#[derive(Debug, PartialEq, EmbeddingRecord)]
struct Price {
    #[datus(decimal(10, 2))]
    amount: Decimal,
}

#[test]
fn decimals_are_decoded_with_the_scale_of_their_column() {
    let back = round_trip(&[Price { amount: decimal("7") }]);
    assert_eq!(back[0].amount.to_string(), "7.00");
}
