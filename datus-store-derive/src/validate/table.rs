//! The name of the table. The rules are those of LanceDB's `validate_table_name`.

use darling::error::Accumulator;
use heck::ToSnakeCase;
use proc_macro2::Ident;
use syn::LitStr;
use syn::ext::IdentExt;

use crate::input::Keyed;
use crate::validate::report;

const MAX_CHARS: usize = 128;

/// Resolves the name of the table: the value of `table`, or the struct's name in snake case.
pub(super) fn name(key: Option<&Keyed<LitStr>>, ident: &Ident, errors: &mut Accumulator) -> String {
    let (name, span) = match key {
        Some(key) => (key.value.value(), key.value.span()),
        None => (ident.unraw().to_string().to_snake_case(), ident.span()),
    };
    if let Some(problem) = problem(&name) {
        let message = format!("{problem}: choose a different name with `#[datus(table = \"…\")]`");
        report(errors, span, message);
    }
    name
}

fn problem(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("a table name cannot be empty".to_owned());
    }
    if name == "." || name == ".." {
        return Some(format!("LanceDB does not allow the table name `{name}`"));
    }
    let length = name.chars().count();
    if length > MAX_CHARS {
        return Some(format!(
            "a table name can have at most {MAX_CHARS} characters, but this one has {length}"
        ));
    }
    let invalid = name.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))?;
    Some(format!(
        "table name `{}` contains {invalid:?}, but LanceDB allows only ASCII letters, digits, `-`, `_` and `.`",
        name.escape_debug()
    ))
}
