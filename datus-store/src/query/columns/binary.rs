use super::{items, operands};
use crate::query::Value;
use crate::record::Native;

operands!(Vec<u8>, Native, |value: Vec<u8>| Value::Binary(value));
operands!(Vec<u8>, Native, |value: &[u8], &Vec<u8>| Value::Binary(value.to_vec()));
operands!([u8; N], Native, |value: [u8; N]| Value::FixedBinary(value.to_vec()), [const N: usize]);
operands!([u8; N], Native, |value: &[u8; N]| Value::FixedBinary(value.to_vec()), [const N: usize]);

items!([u8; N], Native, [u8; N], [const N: usize]);
items!(Vec<u8>, Native, Vec<u8>);

#[cfg(feature = "bytes")]
mod shared {
    use ::bytes::Bytes;

    use super::*;

    operands!(Bytes, Native, |value: Bytes, &Bytes, &[u8]| Value::Binary(value.to_vec()));

    items!(Bytes, Native, Bytes);
}

#[cfg(feature = "uuid")]
mod uuid {
    use ::uuid::Uuid;

    use super::*;

    operands!(Uuid, Native, |value: Uuid, &Uuid| Value::FixedBinary(value.as_bytes().to_vec()));
    items!(Uuid, Native, Uuid);
}

#[cfg(feature = "half")]
mod half {
    use ::half::f16;

    use super::super::ordered;
    use super::*;

    operands!(f16, Native, |value: f16, &f16| Value::Float16(value.to_f32()));
    ordered!(f16, Native);
    items!(f16, Native, f16);
}
