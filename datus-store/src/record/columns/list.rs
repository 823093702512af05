//! `Vec<T>` as `List`, except `Vec<u8>`, which is bytes.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, ListArray};
use arrow_buffer::{NullBufferBuilder, OffsetBufferBuilder};
use arrow_schema::{DataType, Field, FieldRef};

use super::{Inner, NonNull, require_valid, too_long, wrong_type};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{
    Col, Column, ColumnBuilder, ColumnKind, ColumnReader, Condition, Element, IndexKind, ListColumn, Native,
};

/// Collects `Vec`s of `T` into an Arrow list.
pub struct ListBuilder<T: Column<A>, A> {
    rows: usize,
    offsets: OffsetBufferBuilder<i32>,
    nulls: NullBufferBuilder,
    item_count: usize,
    items: T::Builder,
    storage: PhantomData<fn() -> A>,
}

impl<T: Column<A>, A> ListBuilder<T, A> {
    /// Returns the Arrow type: a list whose item field is named `item` and is nullable if `T` is.
    pub fn data_type() -> DataType {
        DataType::List(Self::item())
    }

    fn item() -> FieldRef {
        Arc::new(Field::new("item", T::data_type(), T::NULLABLE))
    }
}

impl<T: Column<A>, A> Default for ListBuilder<T, A> {
    fn default() -> Self {
        Self {
            rows: 0,
            offsets: OffsetBufferBuilder::new(0),
            nulls: NullBufferBuilder::new(0),
            item_count: 0,
            items: T::Builder::default(),
            storage: PhantomData,
        }
    }
}

impl<T: Column<A>, A> ColumnBuilder<Vec<T>> for ListBuilder<T, A> {
    fn measure(&mut self, value: &Vec<T>) {
        self.rows += 1;
        self.item_count += value.len();
        value.iter().for_each(|item| self.items.measure(item));
    }

    fn measure_null(&mut self) {
        self.rows += 1;
    }

    fn allocate(&mut self) {
        self.offsets = OffsetBufferBuilder::new(self.rows);
        self.nulls = NullBufferBuilder::new(self.rows);
        self.items.allocate();
    }

    fn push(&mut self, value: &Vec<T>) -> Result<()> {
        if i32::try_from(self.item_count).is_err() {
            return Err(too_long("list items"));
        }
        value.iter().try_for_each(|item| self.items.push(item))?;
        self.offsets.push_length(value.len());
        self.nulls.append_non_null();
        Ok(())
    }

    fn push_null(&mut self) {
        self.offsets.push_length(0);
        self.nulls.append_null();
    }

    fn finish(mut self) -> Result<ArrayRef> {
        let items = self.items.finish()?;
        let list = ListArray::try_new(Self::item(), self.offsets.finish(), items, self.nulls.finish());
        let list = list.map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "the items do not form an Arrow list").with_source(source)
        })?;
        Ok(Arc::new(list))
    }
}

/// Reads `Vec`s of `T` from an Arrow list.
pub struct ListReader<T: Column<A>, A> {
    lists: ListArray,
    items: T::Reader,
    storage: PhantomData<fn() -> A>,
}

impl<T: Column<A>, A> ColumnReader<Vec<T>> for ListReader<T, A> {
    fn open(array: &ArrayRef) -> Result<Self> {
        let lists =
            array.as_list_opt::<i32>().ok_or_else(|| wrong_type(array, &ListBuilder::<T, A>::data_type()))?;
        Ok(Self { items: T::Reader::open(lists.values())?, lists: lists.clone(), storage: PhantomData })
    }

    fn get(&self, row: usize) -> Result<Vec<T>> {
        require_valid(&self.lists, row)?;
        let offsets = self.lists.value_offsets();
        (offsets[row]..offsets[row + 1]).map(|item| self.items.get(item as usize)).collect()
    }
}

impl<T: Element<A>, A: Inner + 'static> Column<A> for Vec<T> {
    type Builder = T::VecBuilder;
    type Reader = T::VecReader;
    type Handle<R> = Col<R, Self, A>;
    type NullableHandle<R> = Col<R, Option<Self>, A>;
    type Condition = Condition<Self, A>;
    type NullableCondition = Condition<Option<Self>, A>;
    type Nulls = NonNull;

    const KIND: ColumnKind = T::VEC_KIND;
    const INDEXES: &'static [IndexKind] = T::VEC_INDEXES;

    fn data_type() -> DataType {
        T::vec_data_type()
    }
}

/// The bound excludes `Vec<u8>`, which is bytes.
#[diagnostic::do_not_recommend]
impl<T: Element<VecBuilder = ListBuilder<T, Native>>> ListColumn for Vec<T> {}

impl<T: Element<A>, A: Inner + 'static> Element<A> for Vec<T> {
    type VecBuilder = ListBuilder<Self, A>;
    type VecReader = ListReader<Self, A>;

    fn vec_data_type() -> DataType {
        ListBuilder::<Self, A>::data_type()
    }
}

impl<T: Column<A>, A> fmt::Debug for ListBuilder<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ListBuilder")
    }
}

impl<T: Column<A>, A> fmt::Debug for ListReader<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ListReader")
    }
}
