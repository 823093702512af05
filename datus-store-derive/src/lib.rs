//! The derive macros of `datus-store`.
//!
//! Use them through `datus_store`, which re-exports them along with the traits that they implement. The generated code
//! refers only to `datus_store::__private` and the user's own types.
//!
//! The stages are `DeriveInput -> input -> validate -> model -> expand`. All mistakes in a type are reported in one
//! compilation, each at the token that it concerns.

mod choice;
mod derive;
mod expand;
mod input;
mod model;
mod names;
mod validate;
mod wording;

use proc_macro::TokenStream;

/// Derives `EmbeddingRecord` for a struct with named fields, whose values become the rows of a table.
///
/// The derive generates the Arrow schema, an encoder and a decoder, and these types, here for a struct `Page`:
///
/// - `PageColumns`: the typed columns, the `t` in `.filter(|t| …)`
/// - `PageQuery`: the methods for the columns, on each `search_all` and `search` query
/// - `PageFilter`: a filter as data
/// - `PageVectors`: the vectors, the `v` in `.vector(|v| …)`, if a field is embedded
/// - `PageTexts`: the columns with full-text search, the `t` in `.search_text(|t| …)`, if there are any
///
/// A doc comment on the struct or on a field becomes its description in the table.
///
/// `PageQuery` has two methods per column: `.title("Emma")` keeps the rows with this value, and `.maybe_title(option)` does
/// the same for `Some` and adds no condition for `None`. If a column has the name of a builder method (`limit`, `offset`,
/// `filter`, `matching`, `select`, `order_by`, `page`, `distinct`, `first`, `count`, `stream`, `arrow`, `explain`, `exact`,
/// `rerank`, `candidates`, `hybrid`, `full_text` and others that the builder's documentation lists), its methods are
/// `.limit_is(3)` and `.maybe_limit(option)`.
///
/// A `PageFilter` matches the rows that meet every condition that is `Some`. A condition is `Some(Condition::ge(1815))`, or
/// `Some(value.into())` for equality. For a list, `Some(vec![…].into())` means that it contains every item. A nested
/// `Location` is given as `Some(LocationFilter { … })`, or as `Some(LocationFilter { … }.into())` if it can be null. The
/// fields `any`, `all` and `not` combine filters. The JSON form is `{"title": "Emma", "year": {"ge": 1815}, "tags":
/// ["novel"], "publisher": {"city": "London"}}`, where the value of an enum is its stored name. A field that is `null` or
/// missing adds no condition, and an unknown field is an error. The `filters_and_tools` page of the guide lists all
/// operators.
///
/// # Keys on the struct: `#[datus(...)]`
///
/// | key | meaning | default |
/// |---|---|---|
/// | `table = "…"` | the name of the table: ASCII letters, digits, `-`, `_`, `.` | the struct's name in snake case |
/// | `rename_all = "…"` | the case of all column names: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE` | unchanged field names |
/// | `key(a, b)` | the fields that together identify a row | no key |
/// | `schema_version = N` | the version of the table's schema, from 1; opening a table with a different version is an error | no version |
/// | `metadata("k" = "v")` | metadata of the table's schema; may be repeated | none |
/// | `crate = path` | the path of `datus_store`, if it is renamed or re-exported | `::datus_store` |
///
/// # Keys on a field: `#[datus(...)]`
///
/// | key | meaning |
/// |---|---|
/// | `rename = "…"` | the name of the column; takes precedence over `rename_all` |
/// | `skip` | the field is not a column; it is filled with `Default` or with `default = expr` |
/// | `default`, `default = expr` | the value of the field if an older table lacks the column |
/// | `json` | any serde type, stored as JSON text |
/// | `scope` | the field identifies the owner of a row, such as a tenant: the store reads and writes the rows of one scope, which `.scoped(value)` chooses, and keys are unique within a scope; several fields may have this key; the permitted types are those of `key` |
/// | `key` | the field identifies a row; it cannot be an `Option` or a float, whose values do not always equal themselves |
/// | `embed`, `embed(model = Path, column = "…", metric = cosine, index = auto, element = f32, template = "…")` | text whose vector is stored in a separate column (`vector` by default); the metrics are `cosine` (default), `l2`, `dot`; the vector indexes are `auto` (default), `none`, `ivf_flat`, `ivf_sq`, `ivf_pq`, `ivf_rq`, `hnsw_flat`, `hnsw_sq`, `hnsw_pq`; `Store::create_indexes` builds them; with `element = f16`, components are stored as 16-bit floats |
/// | `embed(multi)`, `embed(multi, column = "…", index = auto, element = f32, template = "…")` | text with several vectors, such as those of its passages, in a list; a row is as near as its nearest vectors (MaxSim); the store requires a `MultiEmbeddingModel`, such as `model.passages()`, and compares by cosine |
/// | `index`, `index = kind` | a scalar index: `btree` (default), `bitmap`, `label_list`, `ngram`, `fm`, `zone_map`, `bloom`; a kind that LanceDB does not support for the column's type is a compile error |
/// | `fts`, `fts(...)` | a full-text index; see [the options](#options-of-full-text-search) |
/// | `decimal(p, s)` | a decimal with `p` digits (1 to 38), `s` of them after the decimal point |
/// | `timestamp(unit)`, `timestamp(unit, "tz")` | the unit of a time, `s`, `ms`, `us` or `ns`, and its time zone |
/// | `dictionary` | text with few distinct values, each stored once |
/// | `with = Adapter` | any type, stored as a different one: `Adapter` implements `datus_store::record::ColumnWith` for it, like `DisplayFromStr` and `Optional<…>` in the same module |
/// | `flatten`, `flatten(prefix = "…")` | the columns of a nested struct with `#[derive(ColumnStruct)]` become top-level columns, named with the prefix; in a filter they are still `t.address.city` |
/// | `created_at` | a timestamp that the store sets when it creates the row, and never changes |
/// | `rename_from = "…"` | a name of the column in older tables; may be repeated |
/// | `private` | text that stays on this machine: embedding it with a model that sends text away is a compile error, or an error on opening the table if the model is chosen at run time; a search whose reranker sends it away is an error |
/// | `updated_at` | a timestamp that the store sets on every write of the row |
/// | `filter = false` | the filter as data (`PageFilter`) does not have the column |
///
/// `embed(template = "{title}: {body}")` combines several fields into one text. Braces contain the names of fields, not of
/// columns, and `{{` and `}}` are literal braces. The template must include the field that has the `embed` key. The vector
/// is named after this field. Each field must be text or implement `datus_store::record::TemplateColumn`. A `None` value
/// inserts nothing and leaves the surrounding text unchanged. If all fields are `None` or blank, the row has no vector. The
/// vector is recomputed when any of the fields changes.
///
/// A field with `created_at` or `updated_at` is set to the time of the store's clock in UTC, regardless of the value in the
/// struct. All rows of one write get the same time. An upsert does not write rows that are unchanged, so their `updated_at`
/// stays the same.
///
/// # Options of full-text search
///
/// | option | meaning | default |
/// |---|---|---|
/// | `code` | for code and names: the `code` tokenizer with `split_identifiers`, `stem` and `remove_stop_words` | not set |
/// | `tokenizer = "…"` | `simple` splits at everything but letters and digits, `whitespace` at spaces; `raw` keeps the whole text; `ngram` extracts runs of characters; `code` extracts identifiers; `icu`, `icu/split`, `jieba` and `lindera/…` use dictionaries | `"simple"` |
/// | `language = "…"` | the language of stems and stop words | `"English"` |
/// | `stem` | words are reduced to their stems, so that `orders` is found by `order` | `true`; `false` for `tokenizer = "ngram"` and `"code"` |
/// | `remove_stop_words` | words such as `the` are left out | as for `stem` |
/// | `stop_words("a", "b")` | words to leave out in all their forms, instead of those of the language | those of the language |
/// | `ascii_folding` | `é` is stored as `e` | `true` |
/// | `lower_case` | upper and lower case are not distinguished | `true` |
/// | `with_position` | the index keeps the positions of words, for phrases | `false` |
/// | `max_token_length = N` | tokens of `N` bytes or more are left out; a Chinese or Japanese character has 3 bytes | `255` |
/// | `split_identifiers` | `code` only: `HTTPServerError` and `customer_order_id` are also found by their parts | `false`; `true` for `fts(code)` |
/// | `split_on_numerics` | `code` only: a part ends between a letter and a digit, as in `address2` | `true` |
/// | `preserve_original` | `code` only: the whole identifier is stored too | `true` |
/// | `index_operators` | `code` only: operators such as `->` are tokens | `false` |
/// | `ngram_min_length = N`, `ngram_max_length = N` | `ngram` only: the lengths of the runs, in characters | `3` |
/// | `prefix_only` | `ngram` only: only the runs from the start of the text, to search while it is typed | `false` |
///
/// An unknown, repeated or conflicting key is a compile error. The error for an unknown key lists the valid keys.
#[proc_macro_derive(EmbeddingRecord, attributes(datus))]
pub fn derive_embedding_record(input: TokenStream) -> TokenStream {
    derive::embedding_record(syn::parse_macro_input!(input)).into()
}

/// Derives `Column` for an enum whose variants hold no data. The enum is stored as text.
///
/// # Keys on the enum: `#[datus(...)]`
///
/// | key | meaning | default |
/// |---|---|---|
/// | `rename_all = "…"` | the case of all stored names: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE` | unchanged variant names |
/// | `crate = path` | the path of `datus_store` | `::datus_store` |
///
/// # Keys on a variant: `#[datus(...)]`
///
/// | key | meaning |
/// |---|---|
/// | `rename = "…"` | the stored text of the variant; takes precedence over `rename_all` |
#[proc_macro_derive(ColumnEnum, attributes(datus))]
pub fn derive_column_enum(input: TokenStream) -> TokenStream {
    derive::column_enum(syn::parse_macro_input!(input)).into()
}

/// Derives `Column` for a struct that is nested in a record. The struct is stored as an Arrow struct.
///
/// For a struct `Location`, the derive generates `LocationColumns`, the typed columns of the struct
/// (`t.location.city.eq("Oslo")`), and `LocationFilter`, its filter as data. The struct needs no other derives.
///
/// A tuple struct with one field, such as `struct UserId(String)`, is a newtype. It is stored as its inner type and takes no
/// keys except `crate`.
///
/// # Keys on the struct: `#[datus(...)]`
///
/// | key | meaning | default |
/// |---|---|---|
/// | `rename_all = "…"` | the case of all column names: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE` | unchanged field names |
/// | `crate = path` | the path of `datus_store` | `::datus_store` |
///
/// # Keys on a field: `#[datus(...)]`
///
/// | key | meaning |
/// |---|---|
/// | `rename = "…"` | the name of the column; takes precedence over `rename_all` |
/// | `skip` | the field is not a column; it is filled with `Default` |
/// | `json` | any serde type, stored as JSON text |
/// | `decimal(p, s)` | a decimal with `p` digits (1 to 38), `s` of them after the decimal point |
/// | `timestamp(unit)`, `timestamp(unit, "tz")` | the unit of a time, `s`, `ms`, `us` or `ns`, and its time zone |
/// | `dictionary` | text with few distinct values, each stored once |
/// | `with = Adapter` | any type, stored as a different one: `Adapter` implements `datus_store::record::ColumnWith` for it, like `DisplayFromStr` and `Optional<…>` in the same module |
/// | `filter = false` | the filter as data does not have the column |
#[proc_macro_derive(ColumnStruct, attributes(datus))]
pub fn derive_column_struct(input: TokenStream) -> TokenStream {
    derive::column_struct(syn::parse_macro_input!(input)).into()
}

/// Derives `Projection` for a struct that is read from some columns of a record with `.select_as::<Summary>()`.
///
/// A field reads the record's field with the same name, or the one that `column` names, and must have the same type. It can
/// read a whole nested struct, or a column of one. If the nested struct may be null, the type of the column is an `Option`.
///
/// # Keys on the struct: `#[datus(...)]`
///
/// | key | meaning | default |
/// |---|---|---|
/// | `of = Record` | the record whose columns are read | required |
/// | `crate = path` | the path of `datus_store` | `::datus_store` |
///
/// # Keys on a field: `#[datus(...)]`
///
/// | key | meaning |
/// |---|---|
/// | `column = path` | the record's field to read, written as in a filter: `column = title`, or `column = location.city` for a column of a nested struct |
/// | `flatten` | the field is another projection of the same record, whose columns are also read |
#[proc_macro_derive(Projection, attributes(datus))]
pub fn derive_projection(input: TokenStream) -> TokenStream {
    derive::projection(syn::parse_macro_input!(input)).into()
}
