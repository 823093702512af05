use std::fmt;
use std::marker::PhantomData;

use super::{ColumnPath, Handle, Native};

/// A column of the record `R` with values of type `T`, stored as `A`.
///
/// The fields of the generated `…Columns` have this type, and its methods build [`Filter`](crate::Filter)s. The column type
/// determines the available methods: comparisons need an ordered type, text conditions need text, and `is_null` needs an
/// `Option`.
pub struct Col<R, T, A = Native> {
    path: ColumnPath,
    record: PhantomData<fn() -> R>,
    column: PhantomData<fn() -> (T, A)>,
}

impl<R, T, A> Col<R, T, A> {
    /// Returns the path of the column in the table.
    pub fn path(self) -> ColumnPath {
        self.path
    }
}

impl<R, T, A> Handle for Col<R, T, A> {
    fn at(path: ColumnPath) -> Self {
        Self { path, record: PhantomData, column: PhantomData }
    }
}

impl<R, T, A> Clone for Col<R, T, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, T, A> Copy for Col<R, T, A> {}

impl<R, T, A> fmt::Debug for Col<R, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Col({})", self.path)
    }
}
