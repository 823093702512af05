//! Unit enums as `Utf8`.

use std::fmt;
use std::marker::PhantomData;

use arrow_array::ArrayRef;

use super::text::{TextBuilder, TextReader};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{ColumnBuilder, ColumnName, ColumnReader};

/// Collects the values of a unit enum as their names.
pub struct EnumBuilder<T>(TextBuilder, PhantomData<fn() -> T>);

impl<T> Default for EnumBuilder<T> {
    fn default() -> Self {
        Self(TextBuilder::default(), PhantomData)
    }
}

impl<T: ColumnName> ColumnBuilder<T> for EnumBuilder<T> {
    #[inline]
    fn measure(&mut self, value: &T) {
        self.0.measure_str(value.name());
    }

    #[inline]
    fn measure_null(&mut self) {
        self.0.measure_empty();
    }

    fn allocate(&mut self) {
        self.0.reserve();
    }

    #[inline]
    fn push(&mut self, value: &T) -> Result<()> {
        self.0.push_str(value.name())
    }

    #[inline]
    fn push_null(&mut self) {
        self.0.push_empty();
    }

    fn finish(self) -> Result<ArrayRef> {
        Ok(self.0.build())
    }
}

/// Reads the values of a unit enum from their names.
pub struct EnumReader<T>(TextReader, PhantomData<fn() -> T>);

impl<T: ColumnName> ColumnReader<T> for EnumReader<T> {
    fn open(array: &ArrayRef) -> Result<Self> {
        Ok(Self(TextReader::new(array)?, PhantomData))
    }

    #[inline]
    fn get(&self, row: usize) -> Result<T> {
        let name = self.0.text(row)?;
        T::from_name(name).ok_or_else(|| {
            let names = T::NAMES.join("`, `");
            Error::new(ErrorKind::Decode, format!("`{name}` is not one of the names `{names}`"))
                .with_help("add the variant to the enum, or correct the row")
        })
    }
}

impl<T> fmt::Debug for EnumBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnumBuilder")
    }
}

impl<T> fmt::Debug for EnumReader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnumReader")
    }
}
