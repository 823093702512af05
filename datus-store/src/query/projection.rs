//! Structs that are read from some columns of a record: what `#[derive(Projection)]` makes.

use std::fmt;
use std::marker::PhantomData;

use arrow_array::ArrayRef;

use super::Selection;
use crate::error::Result;
use crate::record::ColumnPath;

/// A struct that is read from some columns of the record `R`.
///
/// Implemented by `#[derive(Projection)]` with `#[datus(of = R)]`. `.select_as::<Summary>()` reads the table's rows, or the
/// hits of a search, as such structs, and only the columns of their fields. The compiler compares each field with its
/// column: one that the record lacks, or of another type, is an error at the field.
///
/// [`selection`](Self::selection) is the same as a part of something larger: `.select(|t| (t.year, Title::selection()))`.
///
/// ```
/// use datus_store::query::QuerySpec;
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
    label = "reads no columns of `{R}`",
    note = "put `#[derive(Projection)]` and `#[datus(of = {R})]` on the struct"
)]
pub trait Projection<R>: Sized + Send + 'static {
    /// Adds the paths of the columns, in order of declaration.
    fn paths(paths: &mut Vec<ColumnPath>);

    /// Takes its arrays from the batch's, in the order of [`paths`](Self::paths), and gives what reads a row of them.
    ///
    /// # Errors
    /// `Decode` for a column of another type, with its name.
    fn open(arrays: &mut dyn Iterator<Item = &ArrayRef>) -> Result<ReadRow<Self>>;

    /// The struct as a selection, alone or in a tuple: `.select(|t| (t.year, Title::selection()))`.
    fn selection() -> As<Self> {
        As(PhantomData)
    }
}

/// Reads the row of a number below the batch's length. It fails with `Decode` for a stored value that the Rust type cannot
/// take, with the column's name.
pub type ReadRow<T> = Box<dyn Fn(usize) -> Result<T> + Send>;

/// The columns of a [`Projection`], read as its struct.
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

/// Reads the column of one field of a projection. Made by generated code.
pub struct FieldReader<R, S: Selection<R>> {
    selection: S,
    reader: S::Reader,
}

impl<R, S: Selection<R>> FieldReader<R, S> {
    /// Takes the column's array.
    ///
    /// # Errors
    /// `Decode` for a column of another type, with its name.
    pub fn open(selection: S, arrays: &mut dyn Iterator<Item = &ArrayRef>) -> Result<Self> {
        match S::open(arrays) {
            Ok(reader) => Ok(Self { selection, reader }),
            Err(error) => named::<R, S, _>(selection, Err(error)),
        }
    }

    /// Reads one row.
    ///
    /// # Errors
    /// `Decode` for a stored value that the Rust type cannot take, with the column's name.
    pub fn get(&self, row: usize) -> Result<S::Output> {
        named(self.selection, S::get(&self.reader, row))
    }
}

impl<R, S: Selection<R>> fmt::Debug for FieldReader<R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldReader")
    }
}

/// Names the column in an error.
fn named<R, S: Selection<R>, T>(selection: S, result: Result<T>) -> Result<T> {
    result.map_err(|error| {
        let mut paths = Vec::new();
        selection.paths(&mut paths);
        paths.iter().fold(error, |error, path| error.inside_column(&path.to_string()))
    })
}

/// What a column is read as, where a field can hold it: a field of the same type.
#[diagnostic::on_unimplemented(
    message = "the column is `{Self}`, and the field that reads it is `{Field}`",
    label = "the column is `{Self}`",
    note = "a field of a projection has the type of its column: write `{Self}`"
)]
pub trait ReadBy<Field> {}

#[diagnostic::do_not_recommend]
impl<T> ReadBy<T> for T {}

/// Asks whether a field of type `T` can hold what the selection reads. Called by generated code, in a constant.
pub fn fits<R, T, S>(_: S)
where
    S: Selection<R>,
    S::Output: ReadBy<T>,
{
}
