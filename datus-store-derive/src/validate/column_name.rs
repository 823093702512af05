//! Checks the names of columns, because every query on the table would fail if the engine did not support one of them.

use proc_macro2::{Ident, Span};
use syn::LitStr;
use syn::ext::IdentExt;

use crate::choice::Case;
use crate::input::Keyed;
use crate::names;

/// The suffix of a standby vector column's name: `keys::STANDBY` in datus-store.
const STANDBY: &str = "__standby";

/// A name, with the span at which to report errors about it.
pub(super) struct ColumnName {
    pub(super) name: String,
    pub(super) span: Span,
}

/// Resolves the stored name of a field or a variant: the name from `rename`, or its own name, converted to the case that
/// `rename_all` selects.
pub(super) fn resolve(rename: Option<&Keyed<LitStr>>, case: Option<Case>, ident: &Ident) -> ColumnName {
    match rename {
        Some(rename) => ColumnName { name: rename.value.value(), span: rename.value.span() },
        None => {
            let own = ident.unraw().to_string();
            ColumnName {
                name: match case {
                    Some(case) => case.apply(&own),
                    None => own,
                },
                span: ident.span(),
            }
        }
    }
}

/// Returns the problem with the name of a table column.
pub(super) fn problem(name: &str) -> Option<String> {
    if names::RESERVED.contains(&name) {
        return Some(format!("column name `{name}` is reserved by LanceDB"));
    }
    // `__datus` and `__datus_…`, the identifiers of generated code.
    if name.starts_with(names::PREFIX.trim_end_matches('_')) || names::OWN_RESERVED.contains(&name) {
        return Some(format!("column name `{name}` is reserved by datus-store"));
    }
    if name.ends_with(STANDBY) {
        return Some(format!(
            "column name `{name}` ends with `{STANDBY}`, which is reserved for the vectors of a second model"
        ));
    }
    nested_problem(name)
}

/// Returns the problem with the name of a column in a nested struct.
pub(super) fn nested_problem(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("a column name cannot be empty".to_owned());
    }
    let shown = name.escape_debug();
    name.chars().find_map(|c| match c {
        '.' => Some(format!("column name `{shown}` contains a dot, which LanceDB uses for nested fields")),
        '`' | '"' => Some(format!(
            "column name `{name}` contains {c:?}, which LanceDB does not support in a column name"
        )),
        c if c.is_control() => Some(format!("column name `{shown}` contains the control character {c:?}")),
        _ => None,
    })
}
