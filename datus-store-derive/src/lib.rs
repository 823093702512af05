//! The derive macros of `datus-store`.
//!
//! Use them through `datus_store`, which re-exports them beside the traits they implement; the code they
//! make names only `datus_store::__private` and the user's own types.
//!
//! Data runs one way: `DeriveInput -> input -> validate -> model -> expand`. Every mistake of one type is
//! reported in one compile, each at the token it is about.

mod choice;
mod derive;
mod expand;
mod input;
mod model;
mod names;
mod validate;
mod wording;

use proc_macro::TokenStream;

/// Derives `EmbeddingRecord`: a struct with named fields becomes one table.
///
/// Beside the struct, `Page`, it makes `PageColumns` (`t` in `.filter(|t| …)`), `PageQuery` (the builder of `search_all` and
/// `search`), `PageFilter` (a filter as data), where a field is embedded `PageVectors` (`v` in `.on(|v| …)`), and where one has
/// full text search `PageTexts` (`t` in `.search_text(|t| …)`).
///
/// `PageQuery` has two methods a column: `.title("Emma")` for a value that the column must have, and `.maybe_title(option)`, which
/// says nothing where there is none. A column named as a method of the builder itself (`limit`, `offset`, `filter`, `matching`,
/// `select`, `order_by`, `page`, `distinct`, `first`, `count`, `stream`, `arrow`, `explain`, `exact`, `rerank`, `candidates`,
/// `hybrid`, `full_text` and others that its documentation lists) has `.limit_is(3)` and `.maybe_limit(option)`.
///
/// All given columns of a `PageFilter` must pass. A column of text, numbers, times, bytes or of an enum is given as
/// `Some(value)`, the value without `Option`; a `Vec<T>` as `Some(vec![…].into())`, and the list must have every item; a nested
/// `Location` as `Some(LocationFilter { … })`. It is equality alone; comparisons, nulls, maps and JSON have no form as data: use
/// `.filter(|t| …)`. As JSON: `{"title": "Emma", "format": "e_book", "tags": ["novel"], "publisher": {"city": "London"}}`, where an enum has
/// its stored name. A field that is `null` or not there says nothing of its column; an unknown field is an error.
///
/// From the struct come the Arrow schema, the encoder and decoder, typed columns, a filter type and the
/// `search_all` builder. A doc comment on the struct or on a field becomes its description in the table.
///
/// # Keys on the struct: `#[datus(...)]`
///
/// | key | what it says | default |
/// |---|---|---|
/// | `table = "…"` | the name of the table: ASCII letters, digits, `-`, `_`, `.` | the struct's name in snake case |
/// | `rename_all = "…"` | the case of all column names: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE` | field names as they are |
/// | `key(a, b)` | the fields that identify a row together | no key |
/// | `schema_version = N` | the version of the table's schema, from 1; a table of another version is not opened | no version |
/// | `metadata("k" = "v")` | metadata of the table's schema; may be said again | none |
/// | `crate = path` | where `datus_store` is found, if it is renamed or re-exported | `::datus_store` |
///
/// # Keys on a field: `#[datus(...)]`
///
/// | key | what it says |
/// |---|---|
/// | `rename = "…"` | the name of the column; wins over `rename_all` |
/// | `skip` | no column; the field is filled with `Default` or with `default = expr` |
/// | `default`, `default = expr` | the value where an older table lacks the column |
/// | `json` | any serde type, stored as JSON text |
/// | `key` | this field identifies a row; no `Option` and no float, which are not equal to themselves |
/// | `embed`, `embed(model = Path, column = "…", metric = cosine, index = auto, template = "…")` | text whose vector is kept in another column (`vector` by default); metrics are `cosine` (default), `l2`, `dot`; vector indexes are `auto` (default), `none`, `ivf_flat`, `ivf_sq`, `ivf_pq`, `ivf_rq`, `hnsw_flat`, `hnsw_sq`, `hnsw_pq`, built by `Store::create_indices` |
/// | `index`, `index = kind` | a scalar index: `btree` (default), `bitmap`, `label_list`, `ngram`, `fm`, `zone_map`, `bloom`; one that LanceDB does not build over the column's type does not compile |
/// | `fts`, `fts(...)` | a full-text index; takes `language = "English"`, `tokenizer = "simple"`, `stem = true`, `remove_stop_words = true`, `ascii_folding = true`, `lower_case = true`, `with_position = false`, `max_token_length = 255` (these are the defaults) |
/// | `decimal(p, s)` | a decimal of `p` digits (1 to 38), `s` of them after the point |
/// | `timestamp(unit)`, `timestamp(unit, "tz")` | the unit of a time, `s`, `ms`, `us` or `ns`, and its time zone |
/// | `dictionary` | text of few distinct values, stored once each |
/// | `with = Adapter` | any type, stored as another: `Adapter` is a type that implements `datus_store::record::ColumnWith` for it, such as `DisplayFromStr` or `Optional<…>` beside that trait |
/// | `flatten`, `flatten(prefix = "…")` | the columns of a nested struct with `#[derive(ColumnStruct)]` become the table's own, named with the prefix; `t.address.city` is one of them as before |
/// | `created_at` | a timestamp that the store sets when the row is new and keeps from then on |
/// | `rename_from = "…"` | a name that the column had in older tables; may be said again |
/// | `private` | text that stays on this machine: embedding it by a model that sends text away does not compile, or fails when the table is opened where the model is chosen at run time |
/// | `updated_at` | a timestamp that the store sets whenever the row is written |
///
/// With `embed(template = "{title}: {body}")` the text is made of several fields, named as in `format!`: by the names of
/// the struct's fields, whatever their columns are called. `{{` and `}}` are braces. The template names the field it stands
/// on, and the vector is called after that one. Fields are text or what `datus_store::record::TemplateColumn` says: of a
/// `None` there is empty text, and the text around it stays. Where every field is `None` or blank, there is no text and so
/// no vector. A change of any of the fields makes the vector anew.
///
/// The store writes its clock, in UTC, over what the struct has in a stamped field; all rows of one write get the same
/// time. A row that an upsert finds unchanged is not written, so its `updated_at` stays.
///
/// An unknown, repeated or conflicting key is an error that lists what is valid.
#[proc_macro_derive(EmbeddingRecord, attributes(datus))]
pub fn derive_embedding_record(input: TokenStream) -> TokenStream {
    derive::embedding_record(syn::parse_macro_input!(input)).into()
}

/// Derives `Column` for an enum whose variants hold no data: it is stored as text.
///
/// The enum must also derive `Debug`, `Clone` and `PartialEq`: a value of it stands in the record's `…Filter`.
///
/// # Keys on the enum: `#[datus(...)]`
///
/// | key | what it says | default |
/// |---|---|---|
/// | `rename_all = "…"` | the case of all stored names: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE` | variant names as they are |
/// | `crate = path` | where `datus_store` is found | `::datus_store` |
///
/// # Keys on a variant: `#[datus(...)]`
///
/// | key | what it says |
/// |---|---|
/// | `rename = "…"` | the text stored for the variant; wins over `rename_all` |
#[proc_macro_derive(ColumnEnum, attributes(datus))]
pub fn derive_column_enum(input: TokenStream) -> TokenStream {
    derive::column_enum(syn::parse_macro_input!(input)).into()
}

/// Derives `Column` for a struct nested in a record: it is stored as an Arrow struct.
///
/// Beside the struct, `Location`, it makes `LocationColumns`, the columns inside (`t.location.city.eq("Oslo")`), and
/// `LocationFilter`, the equalities inside as data. The struct needs no other derives.
///
/// A tuple struct of one field, `struct UserId(String)`, is a newtype: it is stored as the type inside and
/// takes no keys but `crate`.
///
/// # Keys on the struct: `#[datus(...)]`
///
/// | key | what it says | default |
/// |---|---|---|
/// | `rename_all = "…"` | the case of all column names: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE` | field names as they are |
/// | `crate = path` | where `datus_store` is found | `::datus_store` |
///
/// # Keys on a field: `#[datus(...)]`
///
/// | key | what it says |
/// |---|---|
/// | `rename = "…"` | the name of the column; wins over `rename_all` |
/// | `skip` | no column; the field is filled with `Default` |
/// | `json` | any serde type, stored as JSON text |
/// | `decimal(p, s)` | a decimal of `p` digits (1 to 38), `s` of them after the point |
/// | `timestamp(unit)`, `timestamp(unit, "tz")` | the unit of a time, `s`, `ms`, `us` or `ns`, and its time zone |
/// | `dictionary` | text of few distinct values, stored once each |
/// | `with = Adapter` | any type, stored as another: `Adapter` is a type that implements `datus_store::record::ColumnWith` for it, such as `DisplayFromStr` or `Optional<…>` beside that trait |
#[proc_macro_derive(ColumnStruct, attributes(datus))]
pub fn derive_column_struct(input: TokenStream) -> TokenStream {
    derive::column_struct(syn::parse_macro_input!(input)).into()
}

/// Derives `Projection`: a struct that is read from some columns of a record, `.select_as::<Summary>()`.
///
/// Each field has the type of its column, which is the record's field of the same name unless `column` says otherwise. A
/// whole nested struct is a column too. Where a nested struct may be null, the columns inside of it are `Option`s.
///
/// # Keys on the struct: `#[datus(...)]`
///
/// | key | what it says | default |
/// |---|---|---|
/// | `of = Record` | the record whose columns are read | none: it must be said |
/// | `crate = path` | where `datus_store` is found | `::datus_store` |
///
/// # Keys on a field: `#[datus(...)]`
///
/// | key | what it says |
/// |---|---|
/// | `column = path` | the record's field that is read, written as in a filter: `column = title`, and `column = location.city` inside a nested struct |
/// | `flatten` | the field is a projection of the same record, whose columns are read too |
#[proc_macro_derive(Projection, attributes(datus))]
pub fn derive_projection(input: TokenStream) -> TokenStream {
    derive::projection(syn::parse_macro_input!(input)).into()
}
