use std::fmt;

use arrow_array::ArrayRef;
use arrow_schema::DataType;

use super::{ColumnPath, IndexKind};
use crate::error::Result;
use crate::index::scalar::of_items;

/// How a column is stored when its field has no attribute that says otherwise.
#[derive(Debug, Clone, Copy)]
pub enum Native {}

/// A Rust type that can be the field of a record: it knows its Arrow type and how to go there and back.
///
/// Implemented for the types listed in the [crate documentation](crate#rust-types-and-arrow-types); for enums and
/// nested structs by `#[derive(ColumnEnum)]` and `#[derive(ColumnStruct)]`, and for newtypes by
/// `#[derive(ColumnStruct)]` on a struct with one unnamed field. `A` is the storage that an attribute chose:
/// [`Native`] without one.
///
/// The members serve generated code. They may change in a minor release: implement the trait through the derives.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a column",
    label = "not a column type",
    note = "a column is text, bool, a number of fixed size, bytes, a `Vec` or `Option` of columns, a map from `String`, or a type with `#[derive(ColumnEnum)]` or `#[derive(ColumnStruct)]`",
    note = "types of other crates need the cargo feature of their name: chrono, uuid, rust_decimal, half, bytes, serde_json",
    note = "a `rust_decimal::Decimal` needs `#[datus(decimal(precision, scale))]`; any serde type can be stored with `#[datus(json)]`; `#[datus(skip)]` leaves a field out"
)]
pub trait Column<A = Native>: Sized + Send + Sync + 'static {
    /// Collects values into one Arrow array.
    type Builder: ColumnBuilder<Self>;
    /// Reads values out of one Arrow array.
    type Reader: ColumnReader<Self>;
    /// The typed handle of this column in a query on `R`.
    type Handle<R>: Handle;
    /// The same handle where an enclosing struct may be null.
    type NullableHandle<R>: Handle;
    /// The value that the column must equal, as a field of the generated `…Filter`.
    type Wanted;
    /// [`Null`](super::Null) where the type has a null of its own, which is `Option` and JSON, else
    /// [`NonNull`](super::NonNull).
    type Nulls;

    /// Whether a null can be stored: true for `Option` alone, and for JSON.
    const NULLABLE: bool = false;

    /// The kinds of scalar indexes that can be built over the column, as [`index::fits`](crate::index::fits) says of its
    /// Arrow type.
    const INDEXES: &'static [IndexKind] = &[];

    /// The Arrow type of the column.
    fn data_type() -> DataType;
}

/// A column that can be the item of a list: every column type but `u8`, whose `Vec` is bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the item of a list column",
    label = "a `Vec` of it is not a column",
    note = "items are text, bool, numbers, bytes, or types with `#[derive(ColumnEnum)]` or `#[derive(ColumnStruct)]`, and `Option`s of them; any serde type can be stored with `#[datus(json)]`"
)]
pub trait Element<A = Native>: Column<A> {
    /// Collects vectors of values into one Arrow array.
    type VecBuilder: ColumnBuilder<Vec<Self>>;
    /// Reads vectors of values out of one Arrow array.
    type VecReader: ColumnReader<Vec<Self>>;
    /// As [`Column::Wanted`], for the vector.
    type VecWanted;

    /// The kinds of scalar indexes that can be built over the vector.
    const VEC_INDEXES: &'static [IndexKind] = of_items(Self::INDEXES);

    /// The Arrow type of the vector.
    fn vec_data_type() -> DataType;
}

/// A typed reference to a column, made from the column's path.
pub trait Handle: Copy {
    /// Refers to the column at `path`.
    fn at(path: ColumnPath) -> Self;
}

/// Collects values of `T` into one Arrow array: every value is measured, then memory is taken once, then every
/// value is pushed.
pub trait ColumnBuilder<T>: Default + Send {
    /// Counts the memory that `value` will take.
    fn measure(&mut self, value: &T);

    /// Counts the memory of a null.
    fn measure_null(&mut self);

    /// Takes the memory that was measured.
    fn allocate(&mut self);

    /// Appends a value.
    ///
    /// # Errors
    /// `InvalidInput` when the value does not fit the Arrow type of its column.
    fn push(&mut self, value: &T) -> Result<()>;

    /// Appends the value that `field` finds in `row`.
    ///
    /// The derives call this one. The `field` of each column has a type of its own, and so each column has a function of
    /// its own, which the compiler inlines in the loop over rows; a large [`push`](Self::push) that several columns share,
    /// it does not.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[inline]
    fn push_field<R, F: Fn(&R) -> &T>(&mut self, row: &R, field: F) -> Result<()> {
        self.push(field(row))
    }

    /// Appends a null, of the column or of a struct around it.
    fn push_null(&mut self);

    /// Ends the array.
    ///
    /// # Errors
    /// `InvalidInput` when the values are more than one Arrow array can hold.
    fn finish(self) -> Result<ArrayRef>;
}

/// Reads values of `T` out of one Arrow array.
pub trait ColumnReader<T>: Sized + Send {
    /// Checks the array's type once.
    ///
    /// # Errors
    /// `Decode` when the array is of another type.
    fn open(array: &ArrayRef) -> Result<Self>;

    /// Reads the value at `row`, which is below the array's length.
    ///
    /// # Errors
    /// `Decode` when the row holds a null or a value that `T` cannot take.
    fn get(&self, row: usize) -> Result<T>;
}

/// A set of named columns with one value each in every row: what the derives make of a struct.
pub trait Row: Sized + Send + Sync + 'static {
    /// The builders of all columns.
    type Builder: RowBuilder<Self>;
    /// The readers of all columns.
    type Reader: RowReader<Self>;

    /// The columns in order of declaration.
    fn fields() -> Vec<super::FieldDef>;

    /// The value that a column has where a table lacks it, as a column of one row; `None` for a column without
    /// `#[datus(default)]`. The expression of the default is evaluated on each call.
    ///
    /// # Errors
    /// Those of [`ColumnBuilder::push`], with the column's name.
    fn default_column(_name: &str) -> Option<Result<ArrayRef>> {
        None
    }
}

/// The builders of all columns of a struct. See [`ColumnBuilder`].
pub trait RowBuilder<T>: Default + Send {
    /// Counts the memory that `row` will take.
    fn measure(&mut self, row: &T);
    /// Counts the memory of a row that is null as a whole.
    fn measure_null(&mut self);
    /// Takes the memory that was measured.
    fn allocate(&mut self);
    /// Appends rows.
    ///
    /// # Errors
    /// Those of [`ColumnBuilder::push`], with the column's name.
    fn push_each<'a>(&mut self, rows: impl Iterator<Item = &'a T>) -> Result<()>
    where
        T: 'a;
    /// Appends a null to every column.
    fn push_null(&mut self);
    /// Ends the arrays, in order of declaration.
    ///
    /// # Errors
    /// Those of [`ColumnBuilder::finish`], with the column's name.
    fn finish(self) -> Result<Vec<ArrayRef>>;
}

/// The readers of all columns of a struct. See [`ColumnReader`].
pub trait RowReader<T>: Sized + Send {
    /// Checks the arrays, in order of declaration; `None` is a column that the table lacks.
    ///
    /// # Errors
    /// Those of [`ColumnReader::open`], with the column's name; `Decode` for a missing column without `default`.
    fn open(columns: &[Option<ArrayRef>]) -> Result<Self>;
    /// Reads one row.
    ///
    /// # Errors
    /// Those of [`ColumnReader::get`], with the column's name.
    fn get(&self, row: usize) -> Result<T>;
}

/// A unit enum that is stored as text: what `#[derive(ColumnEnum)]` implements.
///
/// ```
/// use datus_store::{ColumnEnum, ColumnName};
///
/// #[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
/// #[datus(rename_all = "snake_case")]
/// enum TableType { Table, View, #[datus(rename = "materialized")] MaterializedView }
///
/// assert_eq!(TableType::MaterializedView.name(), "materialized");
/// assert_eq!(TableType::from_name("view"), Some(TableType::View));
/// assert_eq!(TableType::NAMES, ["table", "view", "materialized"]);
/// ```
pub trait ColumnName: Sized {
    /// The stored names, in order of declaration.
    const NAMES: &'static [&'static str];

    /// The name that this variant is stored under.
    fn name(&self) -> &'static str;

    /// The variant stored under `name`.
    fn from_name(name: &str) -> Option<Self>;
}

impl fmt::Display for super::Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
