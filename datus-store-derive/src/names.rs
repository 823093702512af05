//! Every identifier that the generated code makes up.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt;

/// Makes an identifier for generated code that no user writes: `__datus_{name}`.
///
/// It resolves where the macro is called, so that generated items can name each other across functions.
pub(crate) fn internal(name: &str) -> Ident {
    Ident::new(&format!("{PREFIX}{name}"), Span::call_site())
}

/// Makes the name of a generated type or type parameter that no user writes: `__Datus{name}`.
pub(crate) fn internal_type(name: &str) -> Ident {
    Ident::new(&format!("__Datus{name}"), Span::call_site())
}

/// Makes the name of what belongs to column number `index`: `__datus_{index}`.
pub(crate) fn slot(index: usize) -> Ident {
    internal(&index.to_string())
}

/// Names a public item that belongs to a type: `TableSchema` and `Filter` make `TableSchemaFilter`.
pub(crate) fn companion(owner: &Ident, suffix: &str) -> Ident {
    format_ident!("{}{suffix}", owner.unraw(), span = owner.span())
}

/// What internal identifiers start with; columns may not.
pub(crate) const PREFIX: &str = "__datus_";
