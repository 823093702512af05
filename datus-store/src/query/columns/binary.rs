use serde::{Deserialize, Deserializer, Serializer};

use super::{equals, operands};
use crate::query::{Predicate, Value, Wanted};
use crate::record::{ColumnPath, Native};

operands!(Vec<u8>, Native, |value: Vec<u8>| Value::Binary(value));
operands!(Vec<u8>, Native, |value: &[u8], &Vec<u8>| Value::Binary(value.to_vec()));
operands!([u8; N], Native, |value: [u8; N]| Value::FixedBinary(value.to_vec()), [const N: usize]);
operands!([u8; N], Native, |value: &[u8; N]| Value::FixedBinary(value.to_vec()), [const N: usize]);

impl Wanted for Vec<u8> {
    fn predicate(self, column: ColumnPath) -> Predicate {
        equals::<Self, Native, _>(self, column)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Deserialize::deserialize(deserializer)
    }
}

impl<const N: usize> Wanted for [u8; N] {
    fn predicate(self, column: ColumnPath) -> Predicate {
        equals::<Self, Native, _>(self, column)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes: Vec<u8> = Deserialize::deserialize(deserializer)?;
        bytes
            .as_slice()
            .try_into()
            .map_err(|_| serde::de::Error::invalid_length(bytes.len(), &format!("{N} bytes").as_str()))
    }
}

#[cfg(feature = "bytes")]
mod shared {
    use ::bytes::Bytes;

    use super::*;

    operands!(Bytes, Native, |value: Bytes, &Bytes, &[u8]| Value::Binary(value.to_vec()));

    impl Wanted for Bytes {
        fn predicate(self, column: ColumnPath) -> Predicate {
            equals::<Self, Native, _>(self, column)
        }

        fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self)
        }

        fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Vec::deserialize(deserializer).map(Bytes::from)
        }
    }
}

#[cfg(feature = "uuid")]
mod uuid {
    use ::uuid::Uuid;

    use super::super::filter_values;
    use super::*;

    operands!(Uuid, Native, |value: Uuid, &Uuid| Value::FixedBinary(value.as_bytes().to_vec()));
    filter_values!(Uuid, Native);
}

#[cfg(feature = "half")]
mod half {
    use ::half::f16;

    use super::super::{float_filter_value, ordered};
    use super::*;

    operands!(f16, Native, |value: f16, &f16| Value::Float16(value.to_f32()));
    ordered!(f16, Native);

    // Serialized as a number. The serde implementation of `half` writes the bits.
    float_filter_value!(f16, |value| f16::from_f64(value), |value| value.to_f32());
}
