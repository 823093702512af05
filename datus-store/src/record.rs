//! What a record is to the rest of the crate: a set of Arrow columns, some of which are embedded.

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

/// A struct that is one table: its columns, its vectors, its key.
///
/// Implemented by `#[derive(EmbeddingRecord)]`. The constants and functions are for reading what the derive made of
/// the struct; the associated types are the ones it generated beside the struct.
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
    label = "no table is defined by this type",
    note = "put `#[derive(EmbeddingRecord)]` on the struct"
)]
pub trait EmbeddingRecord: Row {
    /// The typed columns: what `t` is in `.filter(|t| …)`.
    type Columns: Copy;
    /// A filter as data: every column an `Option`, all given ones must be equal.
    type Filter: Default;
    /// The query builder with a method for each column, around the builder `Q`.
    type Query<Q>;
    /// The models that embed the record: a tuple with one [`ModelBinding`](crate::model::ModelBinding) for each.
    type Models;

    /// The name of the table.
    const TABLE: &'static str;

    /// The typed columns.
    fn columns() -> Self::Columns;

    /// Puts a query builder into the generated one.
    fn query<Q>(query: Q) -> Self::Query<Q>;

    /// The untyped description of the record.
    fn definition() -> RecordDef;

    /// The text that vector number `vector` is made from, counted in order of declaration.
    fn source_text(&self, vector: usize) -> Option<Cow<'_, str>>;
}

/// A record with at least one `#[datus(embed)]` field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no vector to search",
    label = "no field of `{Self}` has `#[datus(embed)]`",
    note = "put `#[datus(embed)]` on the text field that is to be found by meaning; a record with `#[datus(fts)]` alone is searched by its words: `store.search_text(|t| t.all().matches(\"…\"))`; and `search_all()` with filters reads any"
)]
pub trait Searchable: EmbeddingRecord {
    /// The typed vectors, named as the fields they are made from: what `v` is in `.on(|v| …)`.
    type Vectors: Copy;
    /// The model of the only vector, or [`SeveralVectors`](crate::model::SeveralVectors).
    type Model;

    /// The typed vectors.
    fn vectors() -> Self::Vectors;
}

/// A record with at least one `#[datus(fts)]` field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no text to search by its words",
    label = "no field of `{Self}` has `#[datus(fts)]`",
    note = "put `#[datus(fts)]` on the text fields whose words are to be found, and build their indexes with `store.create_indices()`"
)]
pub trait TextSearchable: EmbeddingRecord {
    /// The columns with full text search: what `t` is in `.search_text(|t| …)`.
    type Texts: Copy;

    /// The columns with full text search.
    fn texts() -> Self::Texts;
}

/// A record with a key: `#[datus(key)]` on a field, or `#[datus(key(a, b))]` on the struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no key",
    label = "rows are upserted, synced and found again by their key",
    note = "put `#[datus(key)]` on the field that tells rows apart, or `#[datus(key(a, b))]` on the struct; rows without a key can be added with `add`"
)]
pub trait Keyed: EmbeddingRecord {
    /// The types of the key's columns: one [`KeyPart`], or a tuple of them in the key's order.
    type Key;
}

/// A column of a key: values of type `T`, stored as `A`.
#[derive(Debug)]
pub struct KeyPart<T, A = Native>(std::marker::PhantomData<fn() -> (T, A)>);

/// A column that text can be read from: what `#[datus(embed)]`, `#[datus(fts)]` and `#[datus(index = ngram)]` need.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    label = "`embed`, `fts` and `index = ngram` need a text column",
    note = "text is `String`, `Box<str>`, `Arc<str>`, a newtype of one of them, or an `Option` of one"
)]
pub trait TextColumn {
    /// The text, where there is one.
    fn text(&self) -> Option<&str>;
}

#[diagnostic::do_not_recommend]
impl<T: TextColumn> TextColumn for Option<T> {
    fn text(&self) -> Option<&str> {
        self.as_ref().and_then(TextColumn::text)
    }
}

/// A column that rows can be told apart by: what `#[datus(key)]` needs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "rows are told apart and found again by their key",
    note = "a key is text, a whole number, `bool`, bytes, a date, a time, a duration, a UUID, a decimal, a unit enum, or a newtype of one of them",
    note = "an `Option` is none, since null is not equal to null: give every row a value; a float is none, since NaN is not equal to itself and -0.0 is equal to 0.0: store a whole number, a decimal or text"
)]
pub trait KeyColumn<A = Native>: Column<A> {
    /// There, so that generated code can ask for it.
    #[doc(hidden)]
    const IS_KEY: () = ();
}

/// A column that holds a list: what `#[datus(index = label_list)]` needs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list",
    label = "`index = label_list` needs a list column",
    note = "a list is a `Vec` of columns, or an `Option` of one; for other columns use `index = btree` or `index = bitmap`"
)]
pub trait ListColumn {
    /// There, so that generated code can ask for it.
    #[doc(hidden)]
    const IS_LIST: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: ListColumn> ListColumn for Option<T> {}

/// A column that can hold the time of a write: what `#[datus(created_at)]` and `#[datus(updated_at)]` need.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the time of a write",
    label = "`created_at` and `updated_at` need a timestamp",
    note = "a timestamp is a `chrono::DateTime<Utc>` or a `chrono::NaiveDateTime`, which need the cargo feature `chrono`, a newtype of one of them, or an `Option` of one"
)]
pub trait StampColumn<A = Native>: Column<A> {
    /// There, so that generated code can ask for it.
    #[doc(hidden)]
    const IS_STAMP: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: StampColumn<A>, A> StampColumn<A> for Option<T> where Self: Column<A> {}
