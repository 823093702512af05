//! `Option<T>` as a nullable column of the same type as `T`.

use std::fmt;
use std::marker::PhantomData;

use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use super::{Inner, ListBuilder, ListReader, NotNull, Null};
use crate::error::Result;
use crate::record::{Column, ColumnBuilder, ColumnKind, ColumnReader, Element, IndexKind};

/// Collects options of `T`.
pub struct OptionBuilder<T: Column<A>, A>(T::Builder, PhantomData<fn() -> A>);

impl<T: Column<A>, A> Default for OptionBuilder<T, A> {
    fn default() -> Self {
        Self(T::Builder::default(), PhantomData)
    }
}

impl<T: Column<A>, A> ColumnBuilder<Option<T>> for OptionBuilder<T, A> {
    #[inline]
    fn measure(&mut self, value: &Option<T>) {
        match value {
            Some(value) => self.0.measure(value),
            None => self.0.measure_null(),
        }
    }

    #[inline]
    fn measure_null(&mut self) {
        self.0.measure_null();
    }

    fn allocate(&mut self) {
        self.0.allocate();
    }

    #[inline]
    fn push(&mut self, value: &Option<T>) -> Result<()> {
        match value {
            Some(value) => self.0.push(value),
            None => {
                self.0.push_null();
                Ok(())
            }
        }
    }

    #[inline]
    fn push_null(&mut self) {
        self.0.push_null();
    }

    fn finish(self) -> Result<ArrayRef> {
        self.0.finish()
    }
}

/// Reads options of `T`.
pub struct OptionReader<T: Column<A>, A> {
    nulls: Option<NullBuffer>,
    values: T::Reader,
    storage: PhantomData<fn() -> A>,
}

impl<T: Column<A>, A> ColumnReader<Option<T>> for OptionReader<T, A> {
    fn open(array: &ArrayRef) -> Result<Self> {
        // Logical nulls include dictionary values that are null.
        Ok(Self { nulls: array.logical_nulls(), values: T::Reader::open(array)?, storage: PhantomData })
    }

    #[inline]
    fn get(&self, row: usize) -> Result<Option<T>> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return Ok(None);
        }
        self.values.get(row).map(Some)
    }
}

impl<T: Column<A, Nulls: NotNull>, A: Inner + 'static> Column<A> for Option<T> {
    type Builder = OptionBuilder<T, A>;
    type Reader = OptionReader<T, A>;
    type Handle<R> = T::NullableHandle<R>;
    type NullableHandle<R> = T::NullableHandle<R>;
    type Condition = T::NullableCondition;
    type NullableCondition = T::NullableCondition;
    type Nulls = Null;

    const KIND: ColumnKind = T::KIND;
    const NULLABLE: bool = true;
    const INDEXES: &'static [IndexKind] = T::INDEXES;

    fn data_type() -> DataType {
        T::data_type()
    }
}

impl<T: Column<A, Nulls: NotNull>, A: Inner + 'static> Element<A> for Option<T> {
    type VecBuilder = ListBuilder<Self, A>;
    type VecReader = ListReader<Self, A>;

    fn vec_data_type() -> DataType {
        ListBuilder::<Self, A>::data_type()
    }
}

impl<T: Column<A>, A> fmt::Debug for OptionBuilder<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OptionBuilder")
    }
}

impl<T: Column<A>, A> fmt::Debug for OptionReader<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OptionReader")
    }
}
