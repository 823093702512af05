//! Numbers, and everything that is stored as one.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::builder::PrimitiveBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::DataType;

use super::{NonNull, require, wrong_type};
use crate::error::Result;
use crate::index::scalar::COUNTED;
use crate::record::{Column, ColumnBuilder, ColumnReader, IndexKind, Native};

/// A type that is stored as one number of an Arrow primitive type, in storage `A`.
pub trait Primitive<A = Native>: Sized + Send + 'static {
    /// The Arrow type.
    type Arrow: ArrowPrimitiveType;

    /// The Arrow type without parameters.
    const PLAIN: &'static DataType = &Self::Arrow::DATA_TYPE;

    /// The Arrow type with its parameters, such as a zone.
    fn data_type() -> DataType {
        Self::Arrow::DATA_TYPE
    }

    /// The number.
    ///
    /// # Errors
    /// `InvalidInput` when the Arrow type cannot hold the value.
    fn to_native(&self) -> Result<<Self::Arrow as ArrowPrimitiveType>::Native>;

    /// The value of the number.
    ///
    /// # Errors
    /// `Decode` when the type cannot hold the number.
    fn from_native(native: <Self::Arrow as ArrowPrimitiveType>::Native) -> Result<Self>;
}

/// Collects the numbers of a [`Primitive`].
#[derive(Debug)]
pub struct NumberBuilder<T: Primitive<A>, A> {
    rows: usize,
    values: PrimitiveBuilder<T::Arrow>,
    storage: PhantomData<fn() -> A>,
}

impl<T: Primitive<A>, A> Default for NumberBuilder<T, A> {
    fn default() -> Self {
        Self { rows: 0, values: PrimitiveBuilder::with_capacity(0), storage: PhantomData }
    }
}

impl<T: Primitive<A>, A> ColumnBuilder<T> for NumberBuilder<T, A> {
    #[inline]
    fn measure(&mut self, _value: &T) {
        self.rows += 1;
    }

    #[inline]
    fn measure_null(&mut self) {
        self.rows += 1;
    }

    fn allocate(&mut self) {
        self.values = PrimitiveBuilder::with_capacity(self.rows).with_data_type(T::data_type());
    }

    #[inline]
    fn push(&mut self, value: &T) -> Result<()> {
        self.values.append_value(value.to_native()?);
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

/// Reads the numbers of a [`Primitive`].
#[derive(Debug)]
pub struct NumberReader<T: Primitive<A>, A>(PrimitiveArray<T::Arrow>, PhantomData<fn() -> A>);

impl<T: Primitive<A>, A> ColumnReader<T> for NumberReader<T, A> {
    fn open(array: &ArrayRef) -> Result<Self> {
        let expected = T::data_type();
        match array.as_primitive_opt::<T::Arrow>() {
            Some(values) if same_meaning(array.data_type(), &expected) => {
                Ok(Self(values.clone(), PhantomData))
            }
            _ => Err(wrong_type(array, &expected)),
        }
    }

    #[inline]
    fn get(&self, row: usize) -> Result<T> {
        require(&self.0, row)?;
        T::from_native(self.0.value(row))
    }
}

/// Whether a number stands for the same value in two types that are stored alike. A decimal's scale moves its point; an
/// instant is the same in every zone, but a time without a zone is none.
fn same_meaning(left: &DataType, right: &DataType) -> bool {
    match (left, right) {
        (DataType::Decimal128(_, left), DataType::Decimal128(_, right)) => left == right,
        (DataType::Timestamp(_, left), DataType::Timestamp(_, right)) => left.is_some() == right.is_some(),
        _ => true,
    }
}

macro_rules! numbers {
    ($($type:ty => $arrow:ty),+ $(,)?) => {$(
        impl Primitive for $type {
            type Arrow = $arrow;

            #[inline]
            fn to_native(&self) -> Result<$type> {
                Ok(*self)
            }

            #[inline]
            fn from_native(native: $type) -> Result<Self> {
                Ok(native)
            }
        }
    )+};
}

numbers! {
    i8 => Int8Type, i16 => Int16Type, i32 => Int32Type, i64 => Int64Type,
    u8 => UInt8Type, u16 => UInt16Type, u32 => UInt32Type, u64 => UInt64Type,
    f32 => Float32Type, f64 => Float64Type,
}

/// Implements [`Column`] for a [`Primitive`] with equality.
macro_rules! primitive_column {
    ($($type:ty, $storage:ty $(, [$($generics:tt)*])?;)+) => {$(
        $crate::record::columns::scalar_column!(
            $type, $storage,
            $crate::record::columns::primitive::NumberBuilder<$type, $storage>,
            $crate::record::columns::primitive::NumberReader<$type, $storage>,
            <$type as $crate::record::columns::primitive::Primitive<$storage>>::data_type(),
            $crate::index::scalar::of(<$type as $crate::record::columns::primitive::Primitive<$storage>>::PLAIN)
            $(, [$($generics)*])?
        );
    )+};
}

pub(super) use primitive_column;

primitive_column! {
    i8, Native; i16, Native; i32, Native; i64, Native;
    u16, Native; u32, Native; u64, Native;
    f32, Native; f64, Native;
}

/// A single byte is a number; a `Vec<u8>` is bytes, so `u8` is no [`Element`](crate::record::Element) of an Arrow list.
impl Column for u8 {
    type Builder = NumberBuilder<u8, Native>;
    type Reader = NumberReader<u8, Native>;
    type Handle<R> = crate::record::Col<R, u8>;
    type NullableHandle<R> = crate::record::Col<R, Option<u8>>;
    type Wanted = u8;
    type Nulls = NonNull;

    const INDEXES: &'static [IndexKind] = COUNTED;

    fn data_type() -> DataType {
        DataType::UInt8
    }
}

#[cfg(feature = "half")]
mod half {
    use super::{Native, Primitive, Result};

    impl Primitive for half::f16 {
        type Arrow = arrow_array::types::Float16Type;

        #[inline]
        fn to_native(&self) -> Result<Self> {
            Ok(*self)
        }

        #[inline]
        fn from_native(native: Self) -> Result<Self> {
            Ok(native)
        }
    }

    super::primitive_column! { half::f16, Native; }
}
