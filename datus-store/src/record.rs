//! Records: the columns of a struct, their Arrow encoding, and the vectors made from them.

mod codec;
mod col;
mod column;
mod columns;
mod definition;
mod difference;
mod flatten;
pub(crate) mod keys;
mod path;
#[cfg(feature = "store")]
mod standby;
mod template;
mod vector;
mod vector_index;

#[cfg(feature = "store")]
pub(crate) use codec::encode_columns;
pub use codec::{decode, encode, encode_owned};
pub use col::Col;
pub use column::{
    Column, ColumnBuilder, ColumnName, ColumnReader, Element, Handle, Native, Row, RowBuilder, RowReader,
};
#[cfg(feature = "serde_json")]
pub use columns::Json;
#[cfg(feature = "chrono")]
pub(crate) use columns::Primitive;
#[cfg(feature = "rust_decimal")]
pub(crate) use columns::decimal_mantissa;
pub use columns::{
    ColumnWith, DecimalOf, Dictionary, DisplayFromStr, EnumBuilder, EnumReader, Flat, Inner, ListBuilder,
    ListReader, Microsecond, Millisecond, Nanosecond, NewtypeBuilder, NewtypeReader, NonNull, NotFilterable,
    Null, Nullness, Optional, Second, StructBuilder, StructReader, TimestampOf, TimestampSpec, TimestampUnit,
    Transparent, WantedItems, With, WithBuilder, WithReader, stored_in_template, stored_text,
};
#[cfg(feature = "store")]
pub(crate) use definition::vector_type;
pub use definition::{FieldDef, IndexKind, Metric, RecordDef, Stamp, VectorDef};
pub use difference::Difference;
#[cfg(feature = "store")]
pub(crate) use difference::{differences, key_columns, same_type, schema_version};
pub use flatten::{FlatColumns, flattened_fields, flattened_reader, in_flattened, is_taken};
pub use path::ColumnPath;
#[cfg(feature = "store")]
pub(crate) use standby::{is_standby, standby};
pub use template::{TemplateColumn, fill_template};
pub use vector::{Embedded, Embedding, IntoRow, WriteRow};
pub use vector_index::VectorIndex;

use std::borrow::Cow;

/// A struct whose values are the rows of a table.
///
/// Implement it with `#[derive(EmbeddingRecord)]`. The constants and functions describe the table; the associated types
/// are the types that the derive generates alongside the struct.
///
/// ```
/// use datus_store::{EmbeddingRecord, model::ModelIdentity};
///
/// /// A page of the handbook.
/// #[derive(EmbeddingRecord)]
/// struct Page {
///     #[datus(key)]
///     path: String,
///     #[datus(embed)]
///     text: Option<String>,
/// }
///
/// assert_eq!(Page::TABLE, "page");
/// let schema = Page::definition().arrow_schema(&[ModelIdentity::new("my-model", 384)]);
/// let columns: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
/// assert_eq!(columns, ["path", "text", "vector"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "this type does not define a table",
    note = "put `#[derive(EmbeddingRecord)]` on the struct"
)]
pub trait EmbeddingRecord: Row {
    /// The typed columns: the `t` in `.filter(|t| …)`.
    type Columns: Copy;
    /// A filter as data. Every column is an `Option`, and a row must equal every column that is `Some`.
    type Filter: Default;
    /// A query builder that wraps the builder `Q` and has a method for each column.
    type Query<Q>;
    /// The models that embed the record: a tuple of [`ModelBinding`](crate::model::ModelBinding)s.
    type Models;

    /// The name of the table.
    const TABLE: &'static str;

    /// Returns the typed columns.
    fn columns() -> Self::Columns;

    /// Wraps a query builder in the generated one.
    fn query<Q>(query: Q) -> Self::Query<Q>;

    /// Returns the untyped description of the record.
    fn definition() -> RecordDef;

    /// Returns the text that the vector at position `vector` is made from. Vectors are counted from 0 in order of
    /// declaration.
    fn source_text(&self, vector: usize) -> Option<Cow<'_, str>>;
}

/// A record with at least one `#[datus(embed)]` field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no vector to search",
    label = "no field of `{Self}` has `#[datus(embed)]`",
    note = "put `#[datus(embed)]` on the text field to search by meaning",
    note = "a record that has only `#[datus(fts)]` is searched with `store.search_text(|t| t.all().matches(\"…\"))`, and any record is read with `search_all()` and filters"
)]
pub trait Searchable: EmbeddingRecord {
    /// The typed vectors, named after the fields that they embed: the `v` in `.on(|v| …)`.
    type Vectors: Copy;
    /// The model of the record's only vector, or [`SeveralVectors`](crate::model::SeveralVectors).
    type Model;

    /// Returns the typed vectors.
    fn vectors() -> Self::Vectors;
}

/// A record with at least one `#[datus(fts)]` field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no full-text search",
    label = "no field of `{Self}` has `#[datus(fts)]`",
    note = "put `#[datus(fts)]` on the text fields to search, and build their indexes with `store.create_indices()`"
)]
pub trait TextSearchable: EmbeddingRecord {
    /// The columns with full-text search: the `t` in `.search_text(|t| …)`.
    type Texts: Copy;

    /// Returns the columns with full-text search.
    fn texts() -> Self::Texts;
}

/// A record with a key: `#[datus(key)]` on a field, or `#[datus(key(a, b))]` on the struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no key",
    label = "this operation identifies rows by their key",
    note = "put `#[datus(key)]` on the field that identifies a row, or `#[datus(key(a, b))]` on the struct; `add` does not need a key"
)]
pub trait Keyed: EmbeddingRecord {
    /// The types of the key columns: one [`KeyPart`], or a tuple of several in the order of the key.
    type Key;
}

/// A key column with values of type `T`, stored as `A`.
#[derive(Debug)]
pub struct KeyPart<T, A = Native>(std::marker::PhantomData<fn() -> (T, A)>);

/// A column that holds text. `#[datus(embed)]`, `#[datus(fts)]` and `#[datus(index = ngram)]` require one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    label = "`embed`, `fts` and `index = ngram` need a text column",
    note = "text is `String`, `Box<str>`, `Arc<str>`, a newtype of one of them, or an `Option` of one"
)]
pub trait TextColumn {
    /// Returns the text, or `None` for a null.
    fn text(&self) -> Option<&str>;
}

#[diagnostic::do_not_recommend]
impl<T: TextColumn> TextColumn for Option<T> {
    fn text(&self) -> Option<&str> {
        self.as_ref().and_then(TextColumn::text)
    }
}

/// A column that can identify rows. `#[datus(key)]` requires one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "a key must identify its row",
    note = "a key is text, an integer, `bool`, bytes, a date, a time, a duration, a UUID, a decimal, a unit enum, or a newtype of one of them",
    note = "an `Option` cannot be a key because null never equals null; a float cannot because NaN never equals itself and -0.0 equals 0.0"
)]
pub trait KeyColumn<A = Native>: Column<A> {
    /// A member that generated code can name to require the trait.
    #[doc(hidden)]
    const IS_KEY: () = ();
}

/// A column that holds a list. `#[datus(index = label_list)]` requires one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list",
    label = "`index = label_list` needs a list column",
    note = "a list is a `Vec` of columns, or an `Option` of one; for other columns use `index = btree` or `index = bitmap`"
)]
pub trait ListColumn {
    /// A member that generated code can name to require the trait.
    #[doc(hidden)]
    const IS_LIST: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: ListColumn> ListColumn for Option<T> {}

/// A column that can hold the time of a write. `#[datus(created_at)]` and `#[datus(updated_at)]` require one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the time of a write",
    label = "`created_at` and `updated_at` need a timestamp",
    note = "a timestamp is a `chrono::DateTime<Utc>` or a `chrono::NaiveDateTime`, a newtype of one of them, or an `Option` of one; they need the cargo feature `chrono`"
)]
pub trait StampColumn<A = Native>: Column<A> {
    /// A member that generated code can name to require the trait.
    #[doc(hidden)]
    const IS_STAMP: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: StampColumn<A>, A> StampColumn<A> for Option<T> where Self: Column<A> {}
