//! Nested structs as `Struct`.

use std::fmt;
use std::iter;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, StructArray};
use arrow_buffer::{NullBuffer, NullBufferBuilder};
use arrow_schema::{DataType, Fields};

use super::{NotNull, null_value, wrong_type};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Column, ColumnBuilder, ColumnReader, FieldDef, Handle, Row, RowBuilder, RowReader};

/// The nullability of the struct that contains a column. In a nullable struct, the column is nullable too.
pub trait Nullness: Copy + 'static {
    /// The handle of a column in a struct with this nullability.
    type Handle<R, T: Column<A>, A>: Handle;
}

/// The struct is never null.
#[derive(Debug, Clone, Copy)]
pub enum NonNull {}

/// The struct may be null.
#[derive(Debug, Clone, Copy)]
pub enum Null {}

/// The struct is flattened: its columns are top-level columns of the table.
#[derive(Debug, Clone, Copy)]
pub enum Flat {}

impl Nullness for Flat {
    type Handle<R, T: Column<A>, A> = T::Handle<R>;
}

impl Nullness for NonNull {
    type Handle<R, T: Column<A>, A> = T::Handle<R>;
}

impl Nullness for Null {
    type Handle<R, T: Column<A>, A> = T::NullableHandle<R>;
}

#[diagnostic::do_not_recommend]
impl NotNull for NonNull {}

/// Collects nested structs.
pub struct StructBuilder<T: Row> {
    rows: usize,
    nulls: NullBufferBuilder,
    columns: T::Builder,
}

impl<T: Row> StructBuilder<T> {
    /// Returns the Arrow type.
    pub fn data_type() -> DataType {
        DataType::Struct(Self::fields())
    }

    fn fields() -> Fields {
        T::fields().iter().map(FieldDef::to_arrow).collect()
    }
}

impl<T: Row> Default for StructBuilder<T> {
    fn default() -> Self {
        Self { rows: 0, nulls: NullBufferBuilder::new(0), columns: T::Builder::default() }
    }
}

impl<T: Row> ColumnBuilder<T> for StructBuilder<T> {
    fn measure(&mut self, value: &T) {
        self.rows += 1;
        self.columns.measure(value);
    }

    fn measure_null(&mut self) {
        self.rows += 1;
        self.columns.measure_null();
    }

    fn allocate(&mut self) {
        self.nulls = NullBufferBuilder::new(self.rows);
        self.columns.allocate();
    }

    fn push(&mut self, value: &T) -> Result<()> {
        self.columns.push_each(iter::once(value))?;
        self.nulls.append_non_null();
        Ok(())
    }

    fn push_null(&mut self) {
        self.columns.push_null();
        self.nulls.append_null();
    }

    fn finish(mut self) -> Result<ArrayRef> {
        let columns = self.columns.finish()?;
        let structs =
            StructArray::try_new(Self::fields(), columns, self.nulls.finish()).map_err(|source| {
                Error::new(ErrorKind::InvalidInput, "the fields do not form an Arrow struct")
                    .with_source(source)
            })?;
        Ok(Arc::new(structs))
    }
}

/// Reads nested structs.
pub struct StructReader<T: Row> {
    nulls: Option<NullBuffer>,
    columns: T::Reader,
}

impl<T: Row> ColumnReader<T> for StructReader<T> {
    fn open(array: &ArrayRef) -> Result<Self> {
        let structs =
            array.as_struct_opt().ok_or_else(|| wrong_type(array, &StructBuilder::<T>::data_type()))?;
        let columns: Vec<Option<ArrayRef>> =
            T::fields().iter().map(|field| structs.column_by_name(field.name).cloned()).collect();
        Ok(Self { nulls: array.nulls().cloned(), columns: T::Reader::open(&columns)? })
    }

    fn get(&self, row: usize) -> Result<T> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return Err(null_value(row));
        }
        self.columns.get(row)
    }
}

impl<T: Row> fmt::Debug for StructBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StructBuilder")
    }
}

impl<T: Row> fmt::Debug for StructReader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StructReader")
    }
}
