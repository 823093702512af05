//! The names that generated code uses. This module is not part of the public API.

mod json_schema;

pub use self::json_schema::{record_json_schema, struct_json_schema};
pub use crate::error::Result;
pub use crate::index::scalar::{TEXT, has as has_index};
pub use crate::model::{Dynamic, ModelBinding, ModelTag, Multi, SeveralVectors};
#[cfg(feature = "schemars")]
pub use crate::query::filter_data::schema::{record_schema, struct_schema};
pub use crate::query::internal::{
    Builder, FieldReader, ReadRow, enum_value, filter_of, fits, keep_equal, keep_equal_if_some, next_array,
    read_filter, read_struct_filter, write_filter, write_struct_filter,
};
pub use crate::query::{
    As, Comparable, Filter, IntoFilter, Operand, Predicate, Projection, QueryState, Selection, TextCol,
    TextColumns, Value, VectorCol,
};
#[cfg(feature = "serde_json")]
pub use crate::record::Json;
pub use crate::record::internal::{
    ColumnBuilder, ColumnKind, ColumnReader, EnumBuilder, EnumReader, FilterColumn, Handle, ListBuilder,
    ListReader, NewtypeBuilder, NewtypeReader, NonNull, Nullness, Part, Parts, QueryMethods, RecordFilter,
    RowBuilder, RowReader, ScalarKind, StructBuilder, StructFilter, StructReader, Transparent, debug_filter,
    debug_struct_filter, equal_filters, equal_struct_filters, fill_template, filter_column, flattened_fields,
    flattened_reader, from_all_parts, from_boxed_parts, in_flattened, into_all_parts, into_boxed_parts,
    into_part, is_taken, next_part, stored_in_template, stored_text,
};
pub use crate::record::{
    AutoTimestamp, Col, Column, ColumnName, ColumnPath, ColumnWith, Condition, DecimalOf, Dictionary,
    Element, EmbeddingRecord, FieldDef, Flat, FlatColumns, IndexKind, KeyColumn, KeyPart, Keyed, ListColumn,
    Metric, Microsecond, Millisecond, Nanosecond, Native, Null, RecordDef, Row, ScopeColumn, Scoped,
    Searchable, Second, StructCondition, TemplateColumn, TextColumn, TextSearchable, TimestampColumn,
    TimestampOf, TimestampSpec, Unscoped, VectorDef, VectorElement, VectorIndex, With,
};
pub use arrow_array::ArrayRef;
pub use arrow_schema::DataType;
#[cfg(feature = "schemars")]
pub use schemars;
pub use serde;
pub use std::borrow::Cow;
pub use std::boxed::Box;
pub use std::string::String;
pub use std::vec;
pub use std::vec::Vec;

// Generated code does not name these, but they are in signatures of public traits.
pub use crate::query::internal::{
    ArithmeticOp, Draft, Execute, Expression, LimitPer, Nearest, Needle, PageBatches, PageSpec, QuerySpec,
    Ranking, SearchQuery, SortDirection, SortKey, TextsOf, VectorQuery, VectorSettings,
};
pub use crate::record::internal::{
    FieldType, FilterField, Operator, Test, WithBuilder, WithReader, WriteRow,
};

use crate::error::{Error, ErrorKind};

/// Adds the name of a column to an error.
///
/// # Errors
/// Returns the error of `result`.
#[inline]
pub fn in_column<T>(result: Result<T>, name: &str) -> Result<T> {
    result.map_err(|error| error.inside_column(name))
}

/// Describes a column without an index or a default.
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
        auto_timestamp: None,
        renamed_from: &[],
        private: false,
        kind: T::KIND,
    }
}

/// Opens the reader for a required column.
///
/// # Errors
/// Fails with `Decode` if the column is missing, and with the same errors as [`ColumnReader::open`].
pub fn required<T, R: ColumnReader<T>>(columns: &[Option<ArrayRef>], index: usize) -> Result<R> {
    match columns.get(index) {
        Some(Some(array)) => R::open(array),
        _ => Err(Error::new(ErrorKind::Decode, "the column is missing from the data")
            .with_help("add the column, or put `#[datus(default)]` on the field")),
    }
}

/// Opens the reader for a column that an older table may lack.
///
/// # Errors
/// Fails with the same errors as [`ColumnReader::open`].
pub fn optional<T, R: ColumnReader<T>>(columns: &[Option<ArrayRef>], index: usize) -> Result<Option<R>> {
    columns.get(index).and_then(Option::as_ref).map(R::open).transpose()
}

/// Encodes the default of a column as an array with one row.
///
/// # Errors
/// Fails with the same errors as [`ColumnBuilder::push`] and [`ColumnBuilder::finish`], with the column's name.
pub fn default_column<T: Column<A>, A>(value: &T, name: &str) -> Result<ArrayRef> {
    let mut builder = T::Builder::default();
    builder.measure(value);
    builder.allocate();
    in_column(builder.push(value).and_then(|()| builder.finish()), name)
}

/// The type `T`, which depends on a constant that checks it. Generated code refers to types through this alias: if
/// the check fails, the compiler does not report further errors about the type. See `expand/check.rs` in the derive crate.
pub type Checked<T, const CHECKED: bool> = <T as Itself<CHECKED>>::Itself;

/// Implemented for every type and every value of the constant.
pub trait Itself<const CHECKED: bool> {
    /// The type itself.
    type Itself: ?Sized;
}

impl<T: ?Sized, const CHECKED: bool> Itself<CHECKED> for T {
    type Itself = T;
}

/// A type with a default value, for fields that are not in the table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default value for the field",
    label = "does not implement `Default`",
    note = "implement `Default` for `{Self}`, or give the field a value: `#[datus(default = …)]`, or `#[datus(skip, default = …)]` for a skipped field"
)]
pub trait DefaultValue {
    /// Returns the default value.
    fn value() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> DefaultValue for T {
    fn value() -> Self {
        Self::default()
    }
}

/// The constant [`ModelTag::SENDS_TEXT_AWAY`] as a type.
#[derive(Debug)]
pub struct SendsTextAway<const AWAY: bool>;

/// Implemented for models `M` that may embed private text.
#[diagnostic::on_unimplemented(
    message = "private text must not be embedded by `{M}`, which sends it to another machine",
    label = "the text of this field must stay on this machine",
    note = "`<{M} as ModelTag>::SENDS_TEXT_AWAY` is true: embed the field with a model that runs on this machine, or remove `private`"
)]
pub trait KeepsPrivate<M> {
    /// A member that generated code can name to require the trait.
    const KEPT: () = ();
}

#[diagnostic::do_not_recommend]
impl<M> KeepsPrivate<M> for SendsTextAway<false> {}

/// A string literal as the default of a field: `default = "…"`.
#[diagnostic::on_unimplemented(
    message = "a string literal cannot be the default of a field of type `{T}`",
    label = "the field has type `{T}`",
    note = "`default = …` takes an expression of the field's type, or a string literal if the type implements `From<&str>`"
)]
pub trait DefaultText<T> {
    /// Converts the string to the field's type.
    fn into_default(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T: From<&'static str>> DefaultText<T> for &'static str {
    fn into_default(self) -> T {
        self.into()
    }
}
