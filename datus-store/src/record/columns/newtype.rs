//! Newtypes, which are stored as their inner type.

use std::fmt;

use arrow_array::ArrayRef;

use crate::error::Result;
use crate::record::{
    Column, ColumnBuilder, ColumnReader, KeyColumn, ListColumn, TextColumn, TimestampColumn,
};

/// A newtype: a struct with one unnamed field that is stored as that field. Implement it with `#[derive(ColumnStruct)]`.
pub trait Transparent: Sized + Send + Sync + 'static {
    /// The inner type.
    type Inner: Column;

    /// Returns a reference to the inner value.
    fn inner(&self) -> &Self::Inner;

    /// Returns the inner value.
    fn into_inner(self) -> Self::Inner;

    /// Wraps a value.
    fn from_inner(inner: Self::Inner) -> Self;
}

/// Collects newtypes as their inner values.
pub struct NewtypeBuilder<T: Transparent>(<T::Inner as Column>::Builder);

impl<T: Transparent> Default for NewtypeBuilder<T> {
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<T: Transparent> ColumnBuilder<T> for NewtypeBuilder<T> {
    fn measure(&mut self, value: &T) {
        self.0.measure(value.inner());
    }

    fn measure_null(&mut self) {
        self.0.measure_null();
    }

    fn allocate(&mut self) {
        self.0.allocate();
    }

    fn push(&mut self, value: &T) -> Result<()> {
        self.0.push(value.inner())
    }

    fn push_null(&mut self) {
        self.0.push_null();
    }

    fn finish(self) -> Result<ArrayRef> {
        self.0.finish()
    }
}

/// Reads newtypes from their inner values.
pub struct NewtypeReader<T: Transparent>(<T::Inner as Column>::Reader);

impl<T: Transparent> ColumnReader<T> for NewtypeReader<T> {
    fn open(array: &ArrayRef) -> Result<Self> {
        <T::Inner as Column>::Reader::open(array).map(Self)
    }

    fn get(&self, row: usize) -> Result<T> {
        self.0.get(row).map(T::from_inner)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Transparent> TextColumn for T
where
    T::Inner: TextColumn,
{
    fn text(&self) -> Option<&str> {
        self.inner().text()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Transparent> ListColumn for T where T::Inner: ListColumn {}

#[diagnostic::do_not_recommend]
impl<T: Transparent + Column> KeyColumn for T where T::Inner: KeyColumn {}

#[diagnostic::do_not_recommend]
impl<T: Transparent + Column> TimestampColumn for T where T::Inner: TimestampColumn {}

impl<T: Transparent> fmt::Debug for NewtypeBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewtypeBuilder")
    }
}

impl<T: Transparent> fmt::Debug for NewtypeReader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewtypeReader")
    }
}
