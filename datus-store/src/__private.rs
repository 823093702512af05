//! Every name that generated code may use. Nothing here is public API.

pub use crate::error::Result;
pub use crate::index::scalar::{TEXT, has as has_index};
pub use crate::model::{Dynamic, ModelBinding, ModelTag, SeveralVectors};
pub use crate::query::{
    As, BatchStream, ByText, Compared, Distinct, DistinctItem, FieldReader, Filter, FilterReader,
    FilterWriter, Hits, Hybrid, IntoFilter, IntoFullText, IntoHybrid, IntoOrder, IntoText, Operand, Output,
    Paged, Predicate, Projection, ReadRow, Records, Refine, RowOutput, Search, SearchAll, Selected,
    Selection, TextCol, TextColumns, UsesText, UsesVector, Value, VectorCol, Wanted, WithVectors, arrow,
    arrow_stream, count, explain, first, rows,
};
pub use crate::query::{enum_value, equals, fits, next_array, read_enum, read_filter, read_wanted};
#[cfg(feature = "serde_json")]
pub use crate::record::Json;
pub use crate::record::{
    Col, Column, ColumnBuilder, ColumnName, ColumnPath, ColumnReader, ColumnWith, DecimalOf, Dictionary,
    Element, EmbeddingRecord, EnumBuilder, EnumReader, FieldDef, Flat, FlatColumns, Handle, IndexKind,
    KeyColumn, KeyPart, Keyed, ListBuilder, ListColumn, ListReader, Metric, Microsecond, Millisecond,
    Nanosecond, Native, NewtypeBuilder, NewtypeReader, NonNull, NotFilterable, Null, Nullness, RecordDef,
    Row, RowBuilder, RowReader, Searchable, Second, Stamp, StampColumn, StructBuilder, StructReader,
    TemplateColumn, TextColumn, TextSearchable, TimestampOf, TimestampSpec, Transparent, VectorDef,
    VectorIndex, WantedItems, With, fill_template, flattened_fields, flattened_reader, in_flattened,
    is_taken, stored_in_template, stored_text,
};
pub use crate::rerank::Reranker;
pub use arrow_array::{ArrayRef, RecordBatch};
pub use arrow_schema::DataType;
pub use futures::future::BoxFuture;
pub use futures::stream::BoxStream;
pub use serde;
pub use std::borrow::Cow;
pub use std::boxed::Box;
pub use std::string::String;
pub use std::vec;
pub use std::vec::Vec;

use crate::error::{Error, ErrorKind};

/// Names the column in an error of its codec.
///
/// # Errors
/// The error given.
#[inline]
pub fn in_column<T>(result: Result<T>, name: &str) -> Result<T> {
    result.map_err(|error| error.inside_column(name))
}

/// The description of a column without index or default.
pub fn field<T: Column<A>, A>(name: &'static str, description: &'static str) -> FieldDef {
    let (data_type, nullable) = (T::data_type(), T::NULLABLE);
    FieldDef {
        name,
        data_type,
        nullable,
        description,
        optional: false,
        index: None,
        fts: None,
        stamp: None,
        renamed_from: &[],
        private: false,
    }
}

/// The reader of a column that the table must have.
///
/// # Errors
/// `Decode` when the table lacks it, and those of [`ColumnReader::open`].
pub fn required<T, R: ColumnReader<T>>(columns: &[Option<ArrayRef>], index: usize) -> Result<R> {
    match columns.get(index) {
        Some(Some(array)) => R::open(array),
        _ => Err(Error::new(ErrorKind::Decode, "the data lack the column")
            .with_help("add it, or give the field `#[datus(default)]`")),
    }
}

/// The reader of a column that an older table may lack.
///
/// # Errors
/// Those of [`ColumnReader::open`].
pub fn optional<T, R: ColumnReader<T>>(columns: &[Option<ArrayRef>], index: usize) -> Result<Option<R>> {
    columns.get(index).and_then(Option::as_ref).map(R::open).transpose()
}

/// The default of a column, as a column of one row.
///
/// # Errors
/// Those of [`ColumnBuilder::push`] and [`ColumnBuilder::finish`], with the column's name.
pub fn default_column<T: Column<A>, A>(value: &T, name: &str) -> Result<ArrayRef> {
    let mut builder = T::Builder::default();
    builder.measure(value);
    builder.allocate();
    in_column(builder.push(value).and_then(|()| builder.finish()), name)
}

/// The equalities of a filter as data.
pub type Wants = Vec<Predicate>;

/// Adds the equality of a column to a filter as data, where it is given.
pub fn add_wanted<T: Wanted<A>, A>(all: &mut Wants, column: ColumnPath, value: Option<T>) {
    all.extend(value.map(|value| value.predicate(column)));
}

/// Keeps the rows of a query whose column equals the value.
#[must_use]
pub fn keep_equal<Q: Refine, T, A, V: Operand<T, A>>(
    query: Q,
    column: &'static [&'static str],
    value: V,
) -> Q {
    let column: Col<Q::Record, T, A> = Handle::at(ColumnPath::new(column));
    query.with_filter(column.eq(value).into_predicate())
}

/// A type of which a constant says that it was checked. Generated code names types through it, so that they are errors
/// already known where the check failed, see `expand/check.rs` of the derive.
pub type Checked<T, const CHECKED: bool> = <T as Itself<CHECKED>>::Itself;

/// Every type is itself, whatever the constant.
pub trait Itself<const CHECKED: bool> {
    /// The type.
    type Itself: ?Sized;
}

impl<T: ?Sized, const CHECKED: bool> Itself<CHECKED> for T {
    type Itself = T;
}

/// A type that can be a field of the generated `…Filter`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a value in a filter",
    label = "does not implement `Debug`, `Clone` and `PartialEq`",
    note = "put `#[derive(Debug, Clone, PartialEq)]` on `{Self}`"
)]
pub trait FilterValue {
    /// There, so that generated code can ask for it.
    const IS_VALUE: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: std::fmt::Debug + Clone + PartialEq> FilterValue for T {}

/// A type that can fill a field that the table does not hold.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default value to fill the field with",
    label = "does not implement `Default`",
    note = "implement `Default` for it, or say the value: `#[datus(default = …)]`, beside `skip` if the field is skipped"
)]
pub trait DefaultValue {
    /// The value.
    fn value() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> DefaultValue for T {
    fn value() -> Self {
        Self::default()
    }
}

/// Whether a model sends texts away, as a type.
#[derive(Debug)]
pub struct SendsTextAway<const AWAY: bool>;

/// Says that private texts may be embedded by `M`.
#[diagnostic::on_unimplemented(
    message = "a private text may not be embedded by `{M}`, which sends it away",
    label = "the text of this field stays on this machine",
    note = "`<{M} as ModelTag>::SENDS_TEXT_AWAY` is true: embed the field with a model that runs on this machine, or remove `private`"
)]
pub trait KeepsPrivate<M> {
    /// There, so that generated code can ask for it.
    const KEPT: () = ();
}

#[diagnostic::do_not_recommend]
impl<M> KeepsPrivate<M> for SendsTextAway<false> {}

/// A text that is the value of a field: `default = "…"`.
#[diagnostic::on_unimplemented(
    message = "a text is no value of `{T}`",
    label = "the field is `{T}`",
    note = "`default = …` takes any expression of the field's type; a text becomes every type that is `From<&str>`"
)]
pub trait DefaultText<T> {
    /// The value of the text.
    fn into_default(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T: From<&'static str>> DefaultText<T> for &'static str {
    fn into_default(self) -> T {
        self.into()
    }
}
