//! Numbers, and other types that are stored as numbers.

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

use super::{NonNull, require_valid, wrong_type};
use crate::error::Result;
use crate::index::scalar::DISCRETE;
use crate::record::{
    Column, ColumnBuilder, ColumnKind, ColumnReader, Condition, IndexKind, Native, ScalarKind,
};

/// A type that is stored as an Arrow primitive value with the storage `A`.
pub trait Primitive<A = Native>: Sized + Send + 'static {
    /// The Arrow primitive type.
    type Arrow: ArrowPrimitiveType;

    /// The kind of value that the column holds.
    const KIND: ScalarKind;

    /// The Arrow data type without parameters.
    const PLAIN: &'static DataType = &Self::Arrow::DATA_TYPE;

    /// Returns the Arrow data type with its parameters, such as a time zone.
    fn data_type() -> DataType {
        Self::Arrow::DATA_TYPE
    }

    /// Converts the value to a number.
    ///
    /// # Errors
    /// `InvalidInput` when the Arrow type cannot represent the value.
    fn to_native(&self) -> Result<<Self::Arrow as ArrowPrimitiveType>::Native>;

    /// Converts a number to a value.
    ///
    /// # Errors
    /// `Decode` when the Rust type cannot represent the number.
    fn from_native(native: <Self::Arrow as ArrowPrimitiveType>::Native) -> Result<Self>;
}

/// Collects values of a [`Primitive`] as numbers.
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

/// Reads values of a [`Primitive`] from numbers.
#[derive(Debug)]
pub struct NumberReader<T: Primitive<A>, A>(PrimitiveArray<T::Arrow>, PhantomData<fn() -> A>);

impl<T: Primitive<A>, A> ColumnReader<T> for NumberReader<T, A> {
    fn open(array: &ArrayRef) -> Result<Self> {
        let expected = T::data_type();
        match array.as_primitive_opt::<T::Arrow>() {
            Some(values) if same_semantics(array.data_type(), &expected) => {
                Ok(Self(values.clone(), PhantomData))
            }
            _ => Err(wrong_type(array, &expected)),
        }
    }

    #[inline]
    fn get(&self, row: usize) -> Result<T> {
        require_valid(&self.0, row)?;
        T::from_native(self.0.value(row))
    }
}

/// Returns `true` if a number has the same meaning in two data types with the same primitive type. A decimal's value depends
/// on its scale. A timestamp is the same instant in every time zone, but a timestamp without a time zone is not an instant.
fn same_semantics(left: &DataType, right: &DataType) -> bool {
    match (left, right) {
        (DataType::Decimal128(_, left), DataType::Decimal128(_, right)) => left == right,
        (DataType::Timestamp(_, left), DataType::Timestamp(_, right)) => left.is_some() == right.is_some(),
        _ => true,
    }
}

macro_rules! numbers {
    ($($type:ty => $arrow:ty, $kind:ident);+ $(;)?) => {$(
        impl Primitive for $type {
            type Arrow = $arrow;

            const KIND: ScalarKind = ScalarKind::$kind;

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
    i8 => Int8Type, Int8; i16 => Int16Type, Int16; i32 => Int32Type, Int32; i64 => Int64Type, Int64;
    u8 => UInt8Type, UInt8; u16 => UInt16Type, UInt16; u32 => UInt32Type, UInt32; u64 => UInt64Type, UInt64;
    f32 => Float32Type, Float32; f64 => Float64Type, Float64;
}

/// Implements [`Column`] for a [`Primitive`].
macro_rules! primitive_column {
    ($($type:ty, $storage:ty $(, [$($generics:tt)*])?;)+) => {$(
        $crate::record::columns::scalar::scalar_column!(
            $type, $storage,
            $crate::record::columns::primitive::NumberBuilder<$type, $storage>,
            $crate::record::columns::primitive::NumberReader<$type, $storage>,
            <$type as $crate::record::columns::primitive::Primitive<$storage>>::data_type(),
            $crate::index::scalar::kinds_for(<$type as $crate::record::columns::primitive::Primitive<$storage>>::PLAIN),
            <$type as $crate::record::columns::primitive::Primitive<$storage>>::KIND
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

/// A `u8` is a number, but a `Vec<u8>` is a byte string, so `u8` does not use the [`Element`](crate::record::Element)
/// implementation with an Arrow list.
impl Column for u8 {
    type Builder = NumberBuilder<u8, Native>;
    type Reader = NumberReader<u8, Native>;
    type Handle<R> = crate::record::Col<R, u8>;
    type NullableHandle<R> = crate::record::Col<R, Option<u8>>;
    type Condition = Condition<u8>;
    type NullableCondition = Condition<Option<u8>>;
    type Nulls = NonNull;

    const KIND: ColumnKind = ColumnKind::Scalar(ScalarKind::UInt8);
    const INDEXES: &'static [IndexKind] = DISCRETE;

    fn data_type() -> DataType {
        DataType::UInt8
    }
}

#[cfg(feature = "half")]
mod half {
    use super::{Native, Primitive, Result, ScalarKind};

    impl Primitive for half::f16 {
        type Arrow = arrow_array::types::Float16Type;

        const KIND: ScalarKind = ScalarKind::Float16;

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
