use rust_decimal::Decimal;

use super::{Value, items, operands, ordered};
use crate::record::{DecimalOf, decimal_mantissa};

operands!(Decimal, DecimalOf<P, S>, |value: Decimal| decimal(value, P, S), [const P: u8, const S: i8]);
operands!(Decimal, DecimalOf<P, S>, |value: &Decimal| decimal(*value, P, S), [const P: u8, const S: i8]);
ordered!(Decimal, DecimalOf<P, S>, [const P: u8, const S: i8]);
items!(Decimal, DecimalOf<P, S>, Decimal, [const P: u8, const S: i8]);

fn decimal(value: Decimal, precision: u8, scale: i8) -> Value {
    match decimal_mantissa(value, precision, scale) {
        Ok(mantissa) => Value::Decimal { mantissa, precision, scale },
        Err(error) => Value::Invalid(error.message().to_owned()),
    }
}
