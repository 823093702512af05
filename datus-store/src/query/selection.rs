use arrow_array::ArrayRef;

use crate::error::{Error, ErrorKind, Result};
use crate::record::{Col, Column, ColumnPath, ColumnReader};

/// Columns to read: one column of `R`, or a tuple of up to twelve.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a selection of columns of `{R}`",
    note = "write `.select(|t| t.column)`, or a tuple: `.select(|t| (t.a, t.b))`"
)]
pub trait Selection<R>: Copy {
    /// The type of a selected row.
    type Output: Send + 'static;
    /// The readers of the columns.
    type Reader: Send;

    /// Adds the paths of the columns.
    fn paths(self, paths: &mut Vec<ColumnPath>);

    /// Takes the arrays of the selected columns from the iterator, in the order of [`paths`](Self::paths).
    ///
    /// # Errors
    /// `Decode` when a column has a different type.
    fn open(arrays: &mut dyn Iterator<Item = &ArrayRef>) -> Result<Self::Reader>;

    /// Reads one row.
    ///
    /// # Errors
    /// `Decode` when the Rust type cannot represent a stored value.
    fn get(reader: &Self::Reader, row: usize) -> Result<Self::Output>;
}

#[diagnostic::do_not_recommend]
impl<R, T: Column<A>, A> Selection<R> for Col<R, T, A> {
    type Output = T;
    type Reader = T::Reader;

    fn paths(self, paths: &mut Vec<ColumnPath>) {
        paths.push(self.path());
    }

    fn open(arrays: &mut dyn Iterator<Item = &ArrayRef>) -> Result<T::Reader> {
        T::Reader::open(next(arrays)?)
    }

    fn get(reader: &T::Reader, row: usize) -> Result<T> {
        reader.get(row)
    }
}

/// Returns the next array of a selection. Called by generated code.
///
/// # Errors
/// `Decode` when the iterator is exhausted.
pub fn next<'a>(arrays: &mut dyn Iterator<Item = &'a ArrayRef>) -> Result<&'a ArrayRef> {
    arrays
        .next()
        .ok_or_else(|| Error::new(ErrorKind::Decode, "the result has fewer columns than the selection"))
}

macro_rules! selection_tuples {
    ($($column:ident $index:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<R, $($column: Selection<R>),+> Selection<R> for ($($column,)+) {
            type Output = ($($column::Output,)+);
            type Reader = ($($column::Reader,)+);

            fn paths(self, paths: &mut Vec<ColumnPath>) {
                $(self.$index.paths(paths);)+
            }

            fn open(arrays: &mut dyn Iterator<Item = &ArrayRef>) -> Result<Self::Reader> {
                Ok(($($column::open(arrays)?,)+))
            }

            fn get(reader: &Self::Reader, row: usize) -> Result<Self::Output> {
                Ok(($($column::get(&reader.$index, row)?,)+))
            }
        }
    };
}

selection_tuples!(A 0);
selection_tuples!(A 0, B 1);
selection_tuples!(A 0, B 1, C 2);
selection_tuples!(A 0, B 1, C 2, D 3);
selection_tuples!(A 0, B 1, C 2, D 3, E 4);
selection_tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
selection_tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
selection_tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
selection_tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
selection_tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
selection_tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
selection_tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
