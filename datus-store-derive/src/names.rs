//! The identifiers that generated code defines.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt;

/// Creates an internal identifier: `__datus_{name}`.
///
/// It resolves at the call site of the macro, so that generated items can refer to each other across functions.
pub(crate) fn internal(name: &str) -> Ident {
    Ident::new(&format!("{PREFIX}{name}"), Span::call_site())
}

/// Creates the internal name of a generated type or type parameter: `__Datus{name}`.
pub(crate) fn internal_type(name: &str) -> Ident {
    Ident::new(&format!("__Datus{name}"), Span::call_site())
}

/// Creates the name of the struct field that belongs to the column at position `index`: `__datus_{index}`.
pub(crate) fn slot(index: usize) -> Ident {
    internal(&index.to_string())
}

/// Creates the name of a public item that belongs to a type: `TableSchemaFilter` for `TableSchema` and `Filter`.
pub(crate) fn companion(owner: &Ident, suffix: &str) -> Ident {
    format_ident!("{}{suffix}", owner.unraw(), span = owner.span())
}

/// The prefix of internal identifiers. The names of columns must not start with it.
pub(crate) const PREFIX: &str = "__datus_";

/// The columns that only datus-store searches add. `Database::describe` repeats these names and those in [`RESERVED`] in
/// `store/describe/field_type.rs`.
pub(crate) const OWN_RESERVED: &[&str] = &["_relevance_terms", "_highlights"];

/// The reserved names: the system columns of Lance (`is_system_column` of lance-core 14), the score columns that Lance and
/// datus-store searches add, and the columns that `merge_insert` adds to its input.
pub(crate) const RESERVED: &[&str] = &[
    "_rowid",
    "_rowaddr",
    "_rowoffset",
    "_row_created_at_version",
    "_row_last_updated_at_version",
    "_distance",
    "_score",
    "_relevance_score",
    "_distance_rank",
    "_score_rank",
    "__action",
    "__merge_source_sentinel",
];
