//! Projections: structs that are read from some columns of a record, with `#[derive(Projection)]`.

use std::fmt;
use std::marker::PhantomData;

use arrow_array::ArrayRef;

use super::Selection;
use crate::error::Result;
use crate::record::ColumnPath;

/// A struct that is read from some columns of the record `R`.
///
/// Implement it with `#[derive(Projection)]` and `#[datus(of = R)]`. `.select_as::<Summary>()` reads the rows of a table or
/// the hits of a search as `Summary` structs, and reads only the columns of their fields. A field without a column in the
/// record, or with a type other than its column's, causes a compile error at the field.
///
/// Use [`selection`](Self::selection) as part of a tuple: `.select(|t| (t.year, Title::selection()))`.
///
/// ```
/// use datus_store::{ColumnStruct, EmbeddingRecord, Projection};
///
/// #[derive(Debug, Clone, PartialEq, ColumnStruct)]
/// struct Publisher { name: String, city: String }
///
/// #[derive(EmbeddingRecord)]
/// struct Book { isbn: String, title: String, text: String, publisher: Publisher }
///
/// #[derive(Projection)]
/// #[datus(of = Book)]
/// struct Summary {
///     title: String,
///     #[datus(column = publisher.city)]
///     place: String,
///     #[datus(flatten)]
///     source: Source,
/// }
///
/// #[derive(Projection)]
/// #[datus(of = Book)]
/// struct Source { isbn: String, publisher: Publisher }
///
/// let mut paths = Vec::new();
/// <Summary as Projection<Book>>::paths(&mut paths);
/// let paths: Vec<String> = paths.iter().map(|path| path.to_string()).collect();
/// assert_eq!(paths, ["title", "publisher.city", "isbn", "publisher"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection of `{R}`",
    label = "this type is not read from columns of `{R}`",
    note = "put `#[derive(Projection)]` and `#[datus(of = {R})]` on the struct"
)]
pub trait Projection<R>: Sized + Send + 'static {
    /// Adds the paths of the columns, in order of declaration.
    fn paths(paths: &mut Vec<ColumnPath>);

    /// Takes the arrays of the struct's columns from the iterator, in the order of [`paths`](Self::paths), and returns a
    /// function that reads a row.
    ///
    /// # Errors
    /// `Decode`, with the column, when a column has a different type.
    fn open(arrays: &mut dyn Iterator<Item = &ArrayRef>) -> Result<ReadRow<Self>>;

    /// Returns the struct as a selection, to use by itself or in a tuple: `.select(|t| (t.year, Title::selection()))`.
    fn selection() -> As<Self> {
        As(PhantomData)
    }
}

/// A function that reads a row by its position in the batch. It fails with `Decode` and the column's name when the Rust type
/// cannot represent a stored value.
pub type ReadRow<T> = Box<dyn Fn(usize) -> Result<T> + Send>;

/// The selection of the columns of a [`Projection`]. The output is `T`, the projection struct itself.
pub struct As<T>(PhantomData<fn() -> T>);

#[diagnostic::do_not_recommend]
impl<R, T: Projection<R>> Selection<R> for As<T> {
    type Output = T;
    type Reader = ReadRow<T>;

    fn paths(self, paths: &mut Vec<ColumnPath>) {
        T::paths(paths);
    }

    fn open(arrays: &mut dyn Iterator<Item = &ArrayRef>) -> Result<ReadRow<T>> {
        T::open(arrays)
    }

    fn get(reader: &ReadRow<T>, row: usize) -> Result<T> {
        reader(row)
    }
}

impl<T> Clone for As<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for As<T> {}

impl<T> fmt::Debug for As<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "As<{}>", std::any::type_name::<T>())
    }
}

/// Reads the column of one field of a projection. Used by generated code.
pub struct FieldReader<R, S: Selection<R>> {
    selection: S,
    reader: S::Reader,
}

impl<R, S: Selection<R>> FieldReader<R, S> {
    /// Takes the array of the column from the iterator.
    ///
    /// # Errors
    /// `Decode`, with the column, when the column has a different type.
    pub fn open(selection: S, arrays: &mut dyn Iterator<Item = &ArrayRef>) -> Result<Self> {
        match S::open(arrays) {
            Ok(reader) => Ok(Self { selection, reader }),
            Err(error) => with_column_name::<R, S, _>(selection, Err(error)),
        }
    }

    /// Reads one row.
    ///
    /// # Errors
    /// `Decode`, with the column, when the Rust type cannot represent a stored value.
    pub fn get(&self, row: usize) -> Result<S::Output> {
        with_column_name(self.selection, S::get(&self.reader, row))
    }
}

impl<R, S: Selection<R>> fmt::Debug for FieldReader<R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldReader")
    }
}

/// Adds the name of the column to an error.
fn with_column_name<R, S: Selection<R>, T>(selection: S, result: Result<T>) -> Result<T> {
    result.map_err(|error| {
        let mut paths = Vec::new();
        selection.paths(&mut paths);
        paths.iter().fold(error, |error, path| error.inside_column(&path.to_string()))
    })
}

/// A column type that a field of type `Field` can hold. Both types must be the same.
#[diagnostic::on_unimplemented(
    message = "the column has type `{Self}`, but the field that reads it has type `{Field}`",
    label = "the column has type `{Self}`",
    note = "a field of a projection has the type of its column: write `{Self}`"
)]
pub trait ReadBy<Field> {}

#[diagnostic::do_not_recommend]
impl<T> ReadBy<T> for T {}

/// Accepts a selection only if a field of type `T` can hold its output. Called by generated code in a constant.
pub fn fits<R, T, S>(_: S)
where
    S: Selection<R>,
    S::Output: ReadBy<T>,
{
}
