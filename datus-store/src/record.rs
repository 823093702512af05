//! Records: the columns of a struct, their Arrow encoding, and the vectors computed from them.

mod codec;
mod col;
mod column;
mod columns;
mod components;
mod condition;
mod definition;
mod difference;
mod filter_data;
mod flatten;
pub(crate) mod internal;
pub(crate) mod keys;
mod operator;
mod path;
mod query_methods;
mod roles;
#[cfg(any(feature = "store", test))]
mod standby;
mod template;
mod text_value;
mod value;
mod vector;
mod vector_element;
mod vector_index;
mod vector_layout;

#[cfg(feature = "store")]
pub(crate) use codec::encode_columns;
pub use codec::{decode, encode, encode_owned};
pub use col::Col;
pub use column::{Column, ColumnName, Element, Native, Row};
#[cfg(feature = "serde_json")]
pub use columns::Json;
#[cfg(feature = "rust_decimal")]
pub(crate) use columns::decimal_mantissa;
pub use columns::{
    ColumnWith, DecimalOf, Dictionary, DisplayFromStr, Flat, Inner, Microsecond, Millisecond, Nanosecond,
    Null, Optional, Second, TimestampOf, TimestampSpec, TimestampUnit, With,
};
#[cfg(feature = "chrono")]
pub(crate) use columns::{Primitive, timestamp_units};
#[cfg(feature = "store")]
pub(crate) use components::vector_at;
pub(crate) use components::vectors_at;
#[cfg(feature = "store")]
pub(crate) use components::{components_array, stored};
pub use condition::{Condition, StructCondition};
pub use definition::{AutoTimestamp, FieldDef, IndexKind, Metric, RecordDef, VectorDef};
pub use difference::Difference;
#[cfg(feature = "store")]
pub(crate) use difference::{differences, key_columns, same_type, schema_version};
pub use flatten::FlatColumns;
pub use path::ColumnPath;
#[cfg(feature = "store")]
pub(crate) use path::interned;
pub use roles::{KeyColumn, KeyPart, ListColumn, ScopeColumn, TextColumn, TimestampColumn};
#[cfg(any(feature = "store", test))]
pub(crate) use standby::is_standby;
#[cfg(feature = "store")]
pub(crate) use standby::standby;
pub use template::TemplateColumn;
pub(crate) use text_value::text_at;
pub use value::{TimeUnit, Value};
pub use vector::{Embedded, Embedding, IntoRow};
pub use vector_element::VectorElement;
pub use vector_index::VectorIndex;
#[cfg(feature = "store")]
pub(crate) use vector_layout::VectorLayout;

#[allow(unused_imports, reason = "some of these names are used only with the feature `store`")]
pub(crate) use internal::{
    ColumnBuilder, ColumnKind, ColumnReader, EnumBuilder, EnumReader, FieldType, FilterColumn, FilterField,
    Handle, ListBuilder, ListReader, NewtypeBuilder, NewtypeReader, NonNull, Nullness, Operator, Part, Parts,
    QueryMethods, RecordFilter, RowBuilder, RowReader, ScalarKind, StructBuilder, StructFilter, StructReader,
    Test, Transparent, WithBuilder, WithReader, WriteRow, fill_template, filter_column, flattened_fields,
    flattened_reader, in_flattened, into_part, is_taken, next_part, stored_in_template, stored_text,
};

use std::borrow::Cow;

/// A struct whose values are the rows of a table.
///
/// Implement it with `#[derive(EmbeddingRecord)]`. The constants and functions describe the table. The associated types are
/// types that the derive generates alongside the struct.
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
    /// The typed columns: the type of `t` in `.filter(|t| …)`.
    type Columns: Copy;
    /// A filter as data. Every column is an `Option`, and a row must meet every condition that is `Some`.
    type Filter: RecordFilter;
    /// The query methods for the columns, over the state `S` of a builder. The builders dereference to this type.
    type Query<S: Send + Sync>: QueryMethods<S>;
    /// The models that embed the record: a tuple of [`ModelBinding`](crate::model::ModelBinding)s.
    type Models;

    /// The name of the table.
    const TABLE: &'static str;

    /// Returns the typed columns.
    fn columns() -> Self::Columns;

    /// Returns the untyped description of the record.
    fn definition() -> RecordDef;

    /// Returns the text from which the vector at position `vector` is computed. Vectors are counted from 0 in order of
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
    /// The typed vectors, named after the fields that they embed: the type of `v` in `.vector(|v| …)`.
    type Vectors: Copy;
    /// The model of the record's only vector, or [`SeveralVectors`](crate::model::SeveralVectors) if it has several.
    type Model;

    /// Returns the typed vectors.
    fn vectors() -> Self::Vectors;
}

/// A record with at least one `#[datus(fts)]` field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no full-text search",
    label = "no field of `{Self}` has `#[datus(fts)]`",
    note = "put `#[datus(fts)]` on the text fields to search, and build their indexes with `store.create_indexes()`"
)]
pub trait TextSearchable: EmbeddingRecord {
    /// The columns with full-text search: the type of `t` in `.search_text(|t| …)`.
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

/// A record whose rows belong to scopes, such as tenants: `#[datus(scope)]` on at least one field.
#[diagnostic::on_unimplemented(
    message = "the rows of `{Self}` do not belong to scopes",
    label = "no field of `{Self}` has `#[datus(scope)]`",
    note = "leave out this call, or put `#[datus(scope)]` on the field that identifies the owner of the row"
)]
pub trait Scoped: EmbeddingRecord {
    /// The types of the scope columns: one [`KeyPart`], or a tuple of several in the order of the fields.
    type Scope;
}

/// A record without a `#[datus(scope)]` field. Its store reads and writes all rows of the table.
///
/// Code that is generic over the record needs this bound to read or write through a [`Store<R>`](crate::Store), unless it
/// is also generic over the [access](crate::access) of the store.
#[diagnostic::on_unimplemented(
    message = "a store of `{Self}` needs a scope here: call `.scoped(value)` before this method",
    label = "the store has no scope",
    note = "write `store.scoped(value)` with the value of the `#[datus(scope)]` field; for several such fields, the value is a tuple",
    note = "to read the rows of all scopes, write `store.across_scopes()`",
    note = "in code that is generic over the record, add `R: Unscoped`, or take `&Store<R, A>` with `A: Reads<R>` or `A: Writes<R>`"
)]
pub trait Unscoped: EmbeddingRecord {}
