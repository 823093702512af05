//! The table's name. The rules are LanceDB's own, `validate_table_name`.

use darling::error::Accumulator;
use heck::ToSnakeCase;
use proc_macro2::Ident;
use syn::LitStr;
use syn::ext::IdentExt;

use crate::input::Keyed;
use crate::validate::report;

const MAX_CHARS: usize = 128;

/// Resolves the table's name: what `table` says, or the struct's name in snake case.
pub(super) fn name(said: Option<&Keyed<LitStr>>, ident: &Ident, errors: &mut Accumulator) -> String {
    let (name, span) = match said {
        Some(said) => (said.value.value(), said.value.span()),
        None => (ident.unraw().to_string().to_snake_case(), ident.span()),
    };
    if let Some(problem) = problem(&name) {
        let message = format!("{problem}: choose another with `#[datus(table = \"…\")]`");
        report(errors, span, message);
    }
    name
}

fn problem(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("a table name cannot be empty".to_owned());
    }
    if name == "." || name == ".." {
        return Some(format!("table name `{name}` is refused by LanceDB"));
    }
    let length = name.chars().count();
    if length > MAX_CHARS {
        return Some(format!("a table name has at most {MAX_CHARS} characters, this one has {length}"));
    }
    let stranger = name.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))?;
    Some(format!(
        "table name `{}` holds {stranger:?}, and LanceDB takes only ASCII letters, digits, `-`, `_` and `.`",
        name.escape_debug()
    ))
}
