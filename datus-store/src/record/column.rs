use std::fmt;

use arrow_array::ArrayRef;
use arrow_schema::DataType;

use super::{ColumnKind, ColumnPath, FilterField, IndexKind};
use crate::error::Result;
use crate::index::scalar::list_kinds;

/// The default storage of a column: the Arrow type that its Rust type maps to.
#[derive(Debug, Clone, Copy)]
pub enum Native {}

/// A Rust type that can be a field of a record. It can be converted to an Arrow array and back.
///
/// The [crate documentation](crate#rust-types-and-arrow-types) lists the types that implement it. Enums implement it with
/// `#[derive(ColumnEnum)]`, nested structs with `#[derive(ColumnStruct)]`, and newtypes with `#[derive(ColumnStruct)]` on a
/// struct with one unnamed field. `A` is the storage that an attribute selects, or [`Native`] by default.
///
/// Implement the trait only through the derives: its members are for generated code and may change in a minor release.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a column",
    label = "not a column type",
    note = "a column is text, bool, a number of fixed size, bytes, a `Vec` or `Option` of columns, a map from `String`, or a type with `#[derive(ColumnEnum)]` or `#[derive(ColumnStruct)]`",
    note = "write `u64` for a `usize`, and `chrono::DateTime<Utc>` for a `SystemTime`; types of other crates need the cargo feature named after the crate: chrono, uuid, rust_decimal, half, bytes, serde_json",
    note = "a `rust_decimal::Decimal` needs `#[datus(decimal(precision, scale))]`; `#[datus(json)]` stores any serde type; `#[datus(skip)]` leaves a field out"
)]
pub trait Column<A = Native>: Sized + Send + Sync + 'static {
    /// A builder that collects values into one Arrow array.
    type Builder: ColumnBuilder<Self>;
    /// A reader of values from one Arrow array.
    type Reader: ColumnReader<Self>;
    /// The typed handle of this column in a query on `R`.
    type Handle<R>: Handle;
    /// The handle of this column inside a struct that may be null.
    type NullableHandle<R>: Handle;
    /// The type of the field in the generated `…Filter`: a [`Condition`](super::Condition), or the filter of a nested struct.
    type Condition: FilterField;
    /// The type of the same field of the generated `…Filter` if the column can be null.
    type NullableCondition: FilterField;
    /// [`Null`](super::Null) for `Option` and JSON, which can be null; otherwise [`NonNull`](super::NonNull).
    type Nulls;

    /// The kind of values that the column is compared with in the generated `…Filter`.
    const KIND: ColumnKind;

    /// `true` if the column can store a null, which is the case for `Option` and JSON.
    const NULLABLE: bool = false;

    /// The kinds of scalar index that the column supports. They agree with what
    /// [`index::supports_index`](crate::index::supports_index) returns for the column's Arrow type.
    const INDEXES: &'static [IndexKind] = &[];

    /// Returns the Arrow type of the column.
    fn data_type() -> DataType;
}

/// A type whose `Vec` is also a column: a byte string for `u8`, and a list for any other type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the item of a list column",
    label = "a `Vec` of this type is not a column",
    note = "an item is text, bool, a number, bytes, a type with `#[derive(ColumnEnum)]` or `#[derive(ColumnStruct)]`, or an `Option` of one; `#[datus(json)]` stores any serde type"
)]
pub trait Element<A = Native>: Column<A> {
    /// A builder that collects `Vec`s of values into one Arrow array.
    type VecBuilder: ColumnBuilder<Vec<Self>>;
    /// A reader of `Vec`s of values from one Arrow array.
    type VecReader: ColumnReader<Vec<Self>>;

    /// The [`Column::KIND`] of a `Vec` of values.
    const VEC_KIND: ColumnKind = Self::KIND.list();

    /// The kinds of scalar index that a `Vec` of values supports.
    const VEC_INDEXES: &'static [IndexKind] = list_kinds(Self::INDEXES);

    /// Returns the Arrow type of a `Vec` of values.
    fn vec_data_type() -> DataType;
}

/// A typed reference to a column, created from the column's path.
pub trait Handle: Copy {
    /// Refers to the column at `path`.
    fn at(path: ColumnPath) -> Self;
}

/// Collects values of `T` into one Arrow array.
///
/// The caller measures every value, allocates once, and then pushes every value in the same order.
pub trait ColumnBuilder<T>: Default + Send {
    /// Adds the size of `value` to the memory to allocate.
    fn measure(&mut self, value: &T);

    /// Adds the size of a null to the memory to allocate.
    fn measure_null(&mut self);

    /// Allocates the measured memory.
    fn allocate(&mut self);

    /// Appends a value.
    ///
    /// # Errors
    /// `InvalidInput` when the value does not fit the Arrow type of its column.
    fn push(&mut self, value: &T) -> Result<()>;

    /// Appends the value that `field` returns for `row`.
    ///
    /// The derives call this method. Every `field` closure has its own type, so every column gets its own copy of this
    /// function, which the compiler inlines into the loop over rows. The compiler does not inline a large [`push`](Self::push)
    /// that several columns share.
    ///
    /// # Errors
    /// See [`push`](Self::push).
    #[inline]
    fn push_field<R, F: Fn(&R) -> &T>(&mut self, row: &R, field: F) -> Result<()> {
        self.push(field(row))
    }

    /// Appends a null for a value that is null or that belongs to a null struct.
    fn push_null(&mut self);

    /// Finishes the array.
    ///
    /// # Errors
    /// `InvalidInput` when the values do not fit in one Arrow array.
    fn finish(self) -> Result<ArrayRef>;
}

/// Reads values of `T` from one Arrow array.
pub trait ColumnReader<T>: Sized + Send {
    /// Checks the type of the array and returns a reader.
    ///
    /// # Errors
    /// `Decode` when the array has a different type.
    fn open(array: &ArrayRef) -> Result<Self>;

    /// Reads the value at `row`, which must be less than the length of the array.
    ///
    /// # Errors
    /// `Decode` when the row holds a null or a value that `T` cannot represent.
    fn get(&self, row: usize) -> Result<T>;
}

/// A struct with named fields that are columns. The derives implement it.
pub trait Row: Sized + Send + Sync + 'static {
    /// The builders of all columns.
    type Builder: RowBuilder<Self>;
    /// The readers of all columns.
    type Reader: RowReader<Self>;

    /// Returns the columns in order of declaration.
    fn fields() -> Vec<super::FieldDef>;

    /// Returns the value that a column has if the table lacks it, as an array with one row. Returns `None` for a column without
    /// `#[datus(default)]`. Each call evaluates the default expression.
    ///
    /// # Errors
    /// The same errors as [`ColumnBuilder::push`], with the column's name.
    fn default_column(_name: &str) -> Option<Result<ArrayRef>> {
        None
    }
}

/// The builders of all columns of a struct. See [`ColumnBuilder`].
pub trait RowBuilder<T>: Default + Send {
    /// Adds the size of `row` to the memory to allocate.
    fn measure(&mut self, row: &T);
    /// Adds the size of a row of nulls to the memory to allocate.
    fn measure_null(&mut self);
    /// Allocates the measured memory.
    fn allocate(&mut self);
    /// Appends rows.
    ///
    /// # Errors
    /// The same errors as [`ColumnBuilder::push`], with the column's name.
    fn push_each<'a>(&mut self, rows: impl Iterator<Item = &'a T>) -> Result<()>
    where
        T: 'a;
    /// Appends a null to every column.
    fn push_null(&mut self);
    /// Finishes the arrays and returns them in order of declaration.
    ///
    /// # Errors
    /// The same errors as [`ColumnBuilder::finish`], with the column's name.
    fn finish(self) -> Result<Vec<ArrayRef>>;
}

/// The readers of all columns of a struct. See [`ColumnReader`].
pub trait RowReader<T>: Sized + Send {
    /// Checks the arrays, which are in order of declaration. `None` means that the table lacks the column.
    ///
    /// # Errors
    /// The same errors as [`ColumnReader::open`], with the column's name; `Decode` for a missing column without `default`.
    fn open(columns: &[Option<ArrayRef>]) -> Result<Self>;
    /// Reads one row.
    ///
    /// # Errors
    /// The same errors as [`ColumnReader::get`], with the column's name.
    fn get(&self, row: usize) -> Result<T>;
}

/// A unit enum that is stored as text. Implement it with `#[derive(ColumnEnum)]`.
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

    /// Returns the stored name of this variant.
    fn name(&self) -> &'static str;

    /// Returns the variant whose stored name is `name`, or `None` if there is no such variant.
    fn from_name(name: &str) -> Option<Self>;
}

impl fmt::Display for super::Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
