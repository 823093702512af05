//! `[f32; N]` and `[f64; N]` as `FixedSizeList`: vectors that the record reads and writes itself, without a model.

use std::fmt;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, FixedSizeListArray, PrimitiveArray};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::{DataType, Field, FieldRef};

use super::{ListBuilder, ListReader, NonNull, require_valid, wrong_type};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Col, Column, ColumnBuilder, ColumnKind, ColumnReader, Condition, Element, Native};

/// Returns the item field. LanceDB's own clients use the same name and nullability for vectors.
fn item<T: ArrowPrimitiveType>() -> FieldRef {
    Arc::new(Field::new("item", T::DATA_TYPE, true))
}

/// Returns the Arrow type of arrays of `N` values.
fn list_type<T: ArrowPrimitiveType, const N: usize>() -> DataType {
    const { assert!(N <= i32::MAX as usize, "the length of an Arrow FixedSizeList must fit in 32 bits") };
    DataType::FixedSizeList(item::<T>(), N as i32)
}

/// Collects arrays of `N` numbers.
pub struct ArrayBuilder<T: ArrowPrimitiveType, const N: usize> {
    rows: usize,
    values: Vec<T::Native>,
    nulls: NullBufferBuilder,
}

impl<T: ArrowPrimitiveType, const N: usize> Default for ArrayBuilder<T, N> {
    fn default() -> Self {
        Self { rows: 0, values: Vec::new(), nulls: NullBufferBuilder::new(0) }
    }
}

impl<T: ArrowPrimitiveType, const N: usize> ColumnBuilder<[T::Native; N]> for ArrayBuilder<T, N> {
    fn measure(&mut self, _value: &[T::Native; N]) {
        self.rows += 1;
    }

    fn measure_null(&mut self) {
        self.rows += 1;
    }

    fn allocate(&mut self) {
        self.values = Vec::with_capacity(self.rows * N);
        self.nulls = NullBufferBuilder::new(self.rows);
    }

    fn push(&mut self, value: &[T::Native; N]) -> Result<()> {
        self.values.extend_from_slice(value);
        self.nulls.append_non_null();
        Ok(())
    }

    fn push_null(&mut self) {
        self.values.extend_from_slice(&[T::Native::default(); N]);
        self.nulls.append_null();
    }

    fn finish(mut self) -> Result<ArrayRef> {
        let values = PrimitiveArray::<T>::from_iter_values(self.values);
        let rows = self.nulls.len();
        let list = FixedSizeListArray::try_new_with_length(
            item::<T>(),
            N as i32,
            Arc::new(values),
            self.nulls.finish(),
            rows,
        );
        let list = list.map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "the values do not form an Arrow list").with_source(source)
        })?;
        Ok(Arc::new(list))
    }
}

/// Reads arrays of `N` numbers.
pub struct ArrayReader<T: ArrowPrimitiveType, const N: usize> {
    lists: FixedSizeListArray,
    values: PrimitiveArray<T>,
}

impl<T: ArrowPrimitiveType, const N: usize> ColumnReader<[T::Native; N]> for ArrayReader<T, N> {
    fn open(array: &ArrayRef) -> Result<Self> {
        let lists = array.as_fixed_size_list_opt().filter(|lists| lists.value_length() == N as i32);
        let values = lists.and_then(|lists| lists.values().as_primitive_opt::<T>());
        match (lists, values) {
            (Some(lists), Some(values)) => Ok(Self { lists: lists.clone(), values: values.clone() }),
            _ => Err(wrong_type(array, &list_type::<T, N>())),
        }
    }

    fn get(&self, row: usize) -> Result<[T::Native; N]> {
        require_valid(&self.lists, row)?;
        let (start, end) = (row * N, (row + 1) * N);
        if (start..end).any(|value| self.values.is_null(value)) {
            let message = format!("row {row} of the batch has a null inside its list of {N} numbers");
            return Err(Error::new(ErrorKind::Decode, message).with_help("fill the nulls of the column"));
        }
        let values = self.values.values().get(start..end).and_then(|values| values.try_into().ok());
        values.ok_or_else(|| {
            Error::new(ErrorKind::Decode, format!("row {row} of the batch does not have {N} numbers"))
        })
    }
}

macro_rules! arrays {
    ($($type:ty => $arrow:ty),+) => {$(
        impl<const N: usize> Column for [$type; N] {
            type Builder = ArrayBuilder<$arrow, N>;
            type Reader = ArrayReader<$arrow, N>;
            type Handle<R> = Col<R, Self>;
            type NullableHandle<R> = Col<R, Option<Self>>;
            type Condition = Condition<Self>;
            type NullableCondition = Condition<Option<Self>>;
            type Nulls = NonNull;

            const KIND: ColumnKind = ColumnKind::Opaque;

            fn data_type() -> DataType {
                list_type::<$arrow, N>()
            }
        }

        impl<const N: usize> Element for [$type; N] {
            type VecBuilder = ListBuilder<Self, Native>;
            type VecReader = ListReader<Self, Native>;

            fn vec_data_type() -> DataType {
                ListBuilder::<Self, Native>::data_type()
            }
        }
    )+};
}

arrays!(f32 => Float32Type, f64 => Float64Type);

#[cfg(feature = "half")]
arrays!(half::f16 => arrow_array::types::Float16Type);

impl<T: ArrowPrimitiveType, const N: usize> fmt::Debug for ArrayBuilder<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArrayBuilder")
    }
}

impl<T: ArrowPrimitiveType, const N: usize> fmt::Debug for ArrayReader<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArrayReader")
    }
}
