//! `HashMap<String, T>` and `BTreeMap<String, T>` as `Map`.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::BuildHasher;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, MapArray, StructArray};
use arrow_buffer::{NullBufferBuilder, OffsetBufferBuilder};
use arrow_schema::{DataType, Field, FieldRef, Fields};

use super::text::{TextBuilder, TextReader};
use super::{Inner, ListBuilder, ListReader, NonNull, require_valid, too_long, wrong_type};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Col, Column, ColumnBuilder, ColumnKind, ColumnReader, Condition, Element};

/// Collects maps from text to `T`. Entries are sorted by key, so that equal maps have the same stored form.
pub struct MapBuilder<T: Column<A>, A> {
    rows: usize,
    entries: usize,
    offsets: OffsetBufferBuilder<i32>,
    nulls: NullBufferBuilder,
    keys: TextBuilder,
    values: T::Builder,
    storage: PhantomData<fn() -> A>,
}

impl<T: Column<A>, A> MapBuilder<T, A> {
    fn data_type() -> DataType {
        DataType::Map(Self::entry(), false)
    }

    /// Returns the entry field. The field names are those that Arrow's map builder and Lance use.
    fn entry() -> FieldRef {
        Arc::new(Field::new("entries", DataType::Struct(Self::fields()), false))
    }

    fn fields() -> Fields {
        let keys = Field::new("keys", DataType::Utf8, false);
        let values = Field::new("values", T::data_type(), T::NULLABLE);
        [keys, values].into_iter().collect()
    }

    fn measure_entry(&mut self, key: &str, value: &T) {
        self.entries += 1;
        self.keys.measure_str(key);
        self.values.measure(value);
    }

    fn push_entries<'a>(&mut self, entries: impl Iterator<Item = (&'a String, &'a T)>) -> Result<()>
    where
        T: 'a,
    {
        if i32::try_from(self.entries).is_err() {
            return Err(too_long("map entries"));
        }
        let mut count = 0;
        for (key, value) in entries {
            self.keys.push_str(key)?;
            self.values.push(value)?;
            count += 1;
        }
        self.offsets.push_length(count);
        self.nulls.append_non_null();
        Ok(())
    }

    fn reserve(&mut self) {
        self.offsets = OffsetBufferBuilder::new(self.rows);
        self.nulls = NullBufferBuilder::new(self.rows);
        self.keys.reserve();
        self.values.allocate();
    }

    fn push_empty(&mut self) {
        self.offsets.push_length(0);
        self.nulls.append_null();
    }

    fn build(mut self) -> Result<ArrayRef> {
        let columns = vec![self.keys.build(), self.values.finish()?];
        let map = StructArray::try_new(Self::fields(), columns, None).and_then(|entries| {
            MapArray::try_new(Self::entry(), self.offsets.finish(), entries, self.nulls.finish(), false)
        });
        let map = map.map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "the entries do not form an Arrow map").with_source(source)
        })?;
        Ok(Arc::new(map))
    }
}

impl<T: Column<A>, A> Default for MapBuilder<T, A> {
    fn default() -> Self {
        Self {
            rows: 0,
            entries: 0,
            offsets: OffsetBufferBuilder::new(0),
            nulls: NullBufferBuilder::new(0),
            keys: TextBuilder::default(),
            values: T::Builder::default(),
            storage: PhantomData,
        }
    }
}

/// Reads maps from text to `T`.
pub struct MapReader<T: Column<A>, A> {
    maps: MapArray,
    keys: TextReader,
    values: T::Reader,
    storage: PhantomData<fn() -> A>,
}

impl<T: Column<A>, A> MapReader<T, A> {
    fn new(array: &ArrayRef) -> Result<Self> {
        let maps = array.as_map_opt().ok_or_else(|| wrong_type(array, &MapBuilder::<T, A>::data_type()))?;
        Ok(Self {
            maps: maps.clone(),
            keys: TextReader::new(maps.keys())?,
            values: T::Reader::open(maps.values())?,
            storage: PhantomData,
        })
    }

    fn entries<M: FromIterator<(String, T)>>(&self, row: usize) -> Result<M> {
        require_valid(&self.maps, row)?;
        let offsets = self.maps.value_offsets();
        (offsets[row]..offsets[row + 1])
            .map(|entry| Ok((self.keys.text(entry as usize)?.to_owned(), self.values.get(entry as usize)?)))
            .collect()
    }
}

macro_rules! map_column {
    ($type:ty, [$($generics:tt)*], |$map:ident| $sorted:expr) => {
        impl<T: Column<A>, A: Inner + 'static, $($generics)*> ColumnBuilder<$type> for MapBuilder<T, A> {
            fn measure(&mut self, $map: &$type) {
                self.rows += 1;
                // `push` must use the same order: a JSON builder serializes the values here and appends them in this order.
                $sorted.for_each(|(key, value)| self.measure_entry(key, value));
            }

            fn measure_null(&mut self) {
                self.rows += 1;
            }

            fn allocate(&mut self) {
                self.reserve();
            }

            fn push(&mut self, $map: &$type) -> Result<()> {
                self.push_entries($sorted)
            }

            fn push_null(&mut self) {
                self.push_empty();
            }

            fn finish(self) -> Result<ArrayRef> {
                self.build()
            }
        }

        impl<T: Column<A>, A: Inner + 'static, $($generics)*> ColumnReader<$type> for MapReader<T, A> {
            fn open(array: &ArrayRef) -> Result<Self> {
                Self::new(array)
            }

            fn get(&self, row: usize) -> Result<$type> {
                self.entries(row)
            }
        }

        impl<T: Column<A>, A: Inner + 'static, $($generics)*> Column<A> for $type {
            type Builder = MapBuilder<T, A>;
            type Reader = MapReader<T, A>;
            type Handle<R> = Col<R, Self, A>;
            type NullableHandle<R> = Col<R, Option<Self>, A>;
            type Condition = Condition<Self, A>;
            type NullableCondition = Condition<Option<Self>, A>;
            type Nulls = NonNull;

            const KIND: ColumnKind = ColumnKind::Opaque;

            fn data_type() -> DataType {
                MapBuilder::<T, A>::data_type()
            }
        }

        impl<T: Column<A>, A: Inner + 'static, $($generics)*> Element<A> for $type {
            type VecBuilder = ListBuilder<Self, A>;
            type VecReader = ListReader<Self, A>;

            fn vec_data_type() -> DataType {
                ListBuilder::<Self, A>::data_type()
            }
        }
    };
}

map_column!(BTreeMap<String, T>, [], |map| map.iter());
map_column!(HashMap<String, T, S>, [S: BuildHasher + Default + Send + Sync + 'static], |map| {
    let mut entries: Vec<(&String, &T)> = map.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    entries.into_iter()
});

impl<T: Column<A>, A> fmt::Debug for MapBuilder<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MapBuilder")
    }
}

impl<T: Column<A>, A> fmt::Debug for MapReader<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MapReader")
    }
}
