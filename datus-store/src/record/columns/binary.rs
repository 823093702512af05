//! `Vec<u8>` and `bytes::Bytes` as `Binary`; `[u8; N]` as `FixedSizeBinary(N)`.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, FixedSizeBinaryBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, BinaryArray, FixedSizeBinaryArray};
use arrow_schema::DataType;

use super::scalar::scalar_column;
use super::{require_valid, too_long, wrong_type};
use crate::error::{Error, ErrorKind, Result};
use crate::index::scalar::{BYTES, ORDERED};
use crate::record::{ColumnBuilder, ColumnKind, ColumnReader, Element, IndexKind, Native, ScalarKind};

/// Collects byte strings. Allocates once for offsets and once for bytes.
#[derive(Debug)]
pub struct BytesBuilder {
    rows: usize,
    bytes: usize,
    values: BinaryBuilder,
}

impl Default for BytesBuilder {
    fn default() -> Self {
        // Arrow's default allocates memory for 1,024 values, which `allocate` would free.
        Self { rows: 0, bytes: 0, values: BinaryBuilder::with_capacity(0, 0) }
    }
}

impl BytesBuilder {
    #[inline]
    fn fits(&self) -> bool {
        i32::try_from(self.bytes).is_ok()
    }
}

/// Reads byte strings.
#[derive(Debug)]
pub struct BytesReader(BinaryArray);

macro_rules! bytes_codec {
    ($($type:ty, $read:expr);+ $(;)?) => {$(
        impl ColumnBuilder<$type> for BytesBuilder {
            #[inline]
            fn measure(&mut self, value: &$type) {
                self.rows += 1;
                self.bytes += value.len();
            }

            #[inline]
            fn measure_null(&mut self) {
                self.rows += 1;
            }

            fn allocate(&mut self) {
                let bytes = if self.fits() { self.bytes } else { 0 };
                self.values = BinaryBuilder::with_capacity(self.rows, bytes);
            }

            #[inline]
            fn push(&mut self, value: &$type) -> Result<()> {
                if !self.fits() {
                    return Err(too_long("bytes"));
                }
                self.values.append_value(value);
                Ok(())
            }

            #[inline]
            fn push_null(&mut self) {
                self.values.append_null();
            }

            fn finish(mut self) -> Result<ArrayRef> {
                Ok(Arc::new(self.values.finish()))
            }
        }

        impl ColumnReader<$type> for BytesReader {
            fn open(array: &ArrayRef) -> Result<Self> {
                match array.as_binary_opt::<i32>() {
                    Some(values) => Ok(Self(values.clone())),
                    None => Err(wrong_type(array, &DataType::Binary)),
                }
            }

            #[inline]
            fn get(&self, row: usize) -> Result<$type> {
                require_valid(&self.0, row)?;
                Ok($read(self.0.value(row)))
            }
        }
    )+};
}

bytes_codec! { Vec<u8>, <[u8]>::to_vec; }

/// `Vec<u8>` is a byte string, not a list of numbers.
impl Element for u8 {
    type VecBuilder = BytesBuilder;
    type VecReader = BytesReader;

    const VEC_KIND: ColumnKind = ColumnKind::Scalar(ScalarKind::Bytes);
    const VEC_INDEXES: &'static [IndexKind] = BYTES;

    fn vec_data_type() -> DataType {
        DataType::Binary
    }
}

#[cfg(feature = "bytes")]
mod shared {
    use super::*;

    bytes_codec! { ::bytes::Bytes, ::bytes::Bytes::copy_from_slice; }

    scalar_column!(
        ::bytes::Bytes,
        Native,
        BytesBuilder,
        BytesReader,
        DataType::Binary,
        BYTES,
        ScalarKind::Bytes
    );
}

/// Collects byte strings of length `N`.
#[derive(Debug)]
pub struct FixedBuilder<const N: usize> {
    rows: usize,
    values: Option<FixedSizeBinaryBuilder>,
}

impl<const N: usize> FixedBuilder<N> {
    const WIDTH: i32 = {
        assert!(N <= i32::MAX as usize, "the length of an Arrow FixedSizeBinary must fit in 32 bits");
        N as i32
    };

    pub(super) fn append(&mut self, value: &[u8]) -> Result<()> {
        self.builder().append_value(value).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, format!("the value does not have {N} bytes"))
                .with_source(source)
        })
    }

    fn builder(&mut self) -> &mut FixedSizeBinaryBuilder {
        let rows = self.rows;
        self.values.get_or_insert_with(|| FixedSizeBinaryBuilder::with_capacity(rows, Self::WIDTH))
    }
}

impl<const N: usize> Default for FixedBuilder<N> {
    fn default() -> Self {
        Self { rows: 0, values: None }
    }
}

/// Reads byte strings of length `N`.
#[derive(Debug)]
pub struct FixedReader<const N: usize>(FixedSizeBinaryArray);

impl<const N: usize> FixedReader<N> {
    pub(super) fn bytes(&self, row: usize) -> Result<[u8; N]> {
        require_valid(&self.0, row)?;
        self.0
            .value(row)
            .try_into()
            .map_err(|_| Error::new(ErrorKind::Decode, format!("the value does not have {N} bytes")))
    }

    pub(super) fn new(array: &ArrayRef) -> Result<Self> {
        match array.as_fixed_size_binary_opt() {
            Some(values) if values.value_length() == FixedBuilder::<N>::WIDTH => Ok(Self(values.clone())),
            _ => Err(wrong_type(array, &DataType::FixedSizeBinary(FixedBuilder::<N>::WIDTH))),
        }
    }
}

/// Implements the codec for a type that is stored as `$length` bytes.
macro_rules! fixed_codec {
    ($type:ty, $length:expr, $write:expr, $read:expr $(, [$($generics:tt)*])?) => {
        impl $(<$($generics)*>)? ColumnBuilder<$type> for FixedBuilder<{ $length }> {
            #[inline]
            fn measure(&mut self, _value: &$type) {
                self.rows += 1;
            }

            #[inline]
            fn measure_null(&mut self) {
                self.rows += 1;
            }

            fn allocate(&mut self) {
                self.builder();
            }

            #[inline]
            fn push(&mut self, value: &$type) -> Result<()> {
                self.append($write(value))
            }

            #[inline]
            fn push_null(&mut self) {
                self.builder().append_null();
            }

            fn finish(mut self) -> Result<ArrayRef> {
                Ok(Arc::new(self.builder().finish()))
            }
        }

        impl $(<$($generics)*>)? ColumnReader<$type> for FixedReader<{ $length }> {
            fn open(array: &ArrayRef) -> Result<Self> {
                Self::new(array)
            }

            #[inline]
            fn get(&self, row: usize) -> Result<$type> {
                self.bytes(row).map($read)
            }
        }
    };
}

fixed_codec!([u8; N], N, |value| value, |bytes| bytes, [const N: usize]);

scalar_column!(
    [u8; N], Native, FixedBuilder<N>, FixedReader<N>, DataType::FixedSizeBinary(FixedBuilder::<N>::WIDTH), ORDERED,
    ScalarKind::FixedBytes(N), [const N: usize]
);

#[cfg(feature = "uuid")]
mod uuid {
    use ::uuid::Uuid;

    use super::*;

    fixed_codec!(Uuid, 16, Uuid::as_bytes, Uuid::from_bytes);

    scalar_column!(
        Uuid,
        Native,
        FixedBuilder<16>,
        FixedReader<16>,
        DataType::FixedSizeBinary(16),
        ORDERED,
        ScalarKind::Uuid
    );
}
