//! `rust_decimal::Decimal` as `Decimal128`, with the precision and scale of `#[datus(decimal(p, s))]`.

use arrow_schema::DataType;

use super::{Inner, NonNull};
use crate::record::{Col, Column, ColumnBuilder, ColumnKind, ColumnReader, Condition, ScalarKind};

/// The storage of `#[datus(decimal(P, S))]`: a `Decimal128` with `P` digits, `S` of them after the decimal point.
#[derive(Debug, Clone, Copy)]
pub enum DecimalOf<const P: u8, const S: i8> {}

impl<const P: u8, const S: i8> Inner for DecimalOf<P, S> {}

/// Implemented by the decimal storage for each type that it can store.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be stored as a decimal",
    label = "`decimal` needs a `rust_decimal::Decimal`",
    note = "make the field a `rust_decimal::Decimal` (cargo feature `rust_decimal`), or remove `decimal`"
)]
pub trait StoresDecimal<T> {
    /// See [`Column::Builder`].
    type Builder: ColumnBuilder<T>;
    /// See [`Column::Reader`].
    type Reader: ColumnReader<T>;
}

impl<T: Send + Sync + 'static, const P: u8, const S: i8> Column<DecimalOf<P, S>> for T
where
    DecimalOf<P, S>: StoresDecimal<T>,
{
    type Builder = <DecimalOf<P, S> as StoresDecimal<T>>::Builder;
    type Reader = <DecimalOf<P, S> as StoresDecimal<T>>::Reader;
    type Handle<R> = Col<R, T, DecimalOf<P, S>>;
    type NullableHandle<R> = Col<R, Option<T>, DecimalOf<P, S>>;
    type Condition = Condition<T, DecimalOf<P, S>>;
    type NullableCondition = Condition<Option<T>, DecimalOf<P, S>>;
    type Nulls = NonNull;

    const KIND: ColumnKind = ColumnKind::Scalar(ScalarKind::Decimal { precision: P, scale: S });

    fn data_type() -> DataType {
        DataType::Decimal128(P, S)
    }
}

#[cfg(feature = "rust_decimal")]
mod codec {
    use arrow_array::types::Decimal128Type;
    use arrow_schema::DataType;
    use rust_decimal::Decimal;

    use super::{DecimalOf, ScalarKind, StoresDecimal};
    use crate::error::{Error, ErrorKind, Result};
    use crate::record::columns::primitive::{NumberBuilder, NumberReader, Primitive};
    use crate::record::columns::scalar::element;

    impl<const P: u8, const S: i8> Primitive<DecimalOf<P, S>> for Decimal {
        type Arrow = Decimal128Type;

        const KIND: ScalarKind = ScalarKind::Decimal { precision: P, scale: S };

        fn data_type() -> DataType {
            DataType::Decimal128(P, S)
        }

        fn to_native(&self) -> Result<i128> {
            mantissa(*self, P, S)
        }

        fn from_native(native: i128) -> Result<Self> {
            // The column may exceed the limits of `Decimal`, which are a scale of 28 and a 96-bit mantissa. A value that was
            // written from a `Decimal` fits once its trailing zeros are removed.
            let (mut digits, mut scale) = (native, u32::from(S.unsigned_abs()));
            loop {
                match Decimal::try_from_i128_with_scale(digits, scale) {
                    Ok(value) => return Ok(value),
                    Err(_) if scale > 0 && digits % 10 == 0 => (digits, scale) = (digits / 10, scale - 1),
                    Err(source) => {
                        let message = format!("{native}e-{S} has more digits than `Decimal` supports");
                        return Err(Error::new(ErrorKind::Decode, message).with_source(source));
                    }
                }
            }
        }
    }

    /// Returns the digits of a decimal at the given scale.
    ///
    /// # Errors
    /// `InvalidInput` when the value has more digits after the decimal point than the scale, or more in total than the
    /// precision. The value is not rounded, because that is the caller's decision.
    pub(crate) fn mantissa(value: Decimal, precision: u8, scale: i8) -> Result<i128> {
        let column_scale = u32::from(scale.unsigned_abs());
        let normalized = value.normalize();
        let digits = if normalized.scale() > column_scale {
            None
        } else {
            10_i128
                .checked_pow(column_scale - normalized.scale())
                .and_then(|factor| normalized.mantissa().checked_mul(factor))
        };
        let limit = 10_i128.checked_pow(u32::from(precision));
        match (digits, limit) {
            (Some(digits), Some(limit)) if digits.abs() < limit => Ok(digits),
            _ => {
                let message = format!("{value} does not fit decimal({precision}, {scale})");
                Err(Error::new(ErrorKind::InvalidInput, message).with_help("round it, or widen the column"))
            }
        }
    }

    #[diagnostic::do_not_recommend]
    impl<const P: u8, const S: i8> StoresDecimal<Decimal> for DecimalOf<P, S> {
        type Builder = NumberBuilder<Decimal, Self>;
        type Reader = NumberReader<Decimal, Self>;
    }

    element!(Decimal, DecimalOf<P, S>, [const P: u8, const S: i8]);
}

#[cfg(feature = "rust_decimal")]
pub(crate) use codec::mantissa;

#[cfg(all(test, feature = "rust_decimal"))]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rust_decimal::Decimal;

    use super::DecimalOf;
    use crate::error::{ErrorKind, Result};
    use crate::record::columns::primitive::Primitive;

    fn read<const P: u8, const S: i8>(native: i128) -> Result<Decimal> {
        <Decimal as Primitive<DecimalOf<P, S>>>::from_native(native)
    }

    #[test]
    fn digits_that_do_not_fit_are_an_error_and_are_not_dropped() {
        const MAX: i128 = (1 << 96) - 1;
        assert_eq!(read::<38, 2>(MAX).unwrap().mantissa(), MAX);
        // A trailing zero can be removed, but no other digit can.
        assert_eq!(read::<38, 2>(MAX * 10).unwrap(), read::<38, 1>(MAX).unwrap());
        assert_eq!(read::<38, 2>(MAX * 10 + 1).unwrap_err().kind(), ErrorKind::Decode);
        // If there are no digits after the decimal point, a zero at the end is part of the value.
        assert_eq!(read::<38, 0>(MAX * 10).unwrap_err().kind(), ErrorKind::Decode);
    }
}
