//! Doc comments as descriptions.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Joins the lines of a doc comment as rustdoc does, without the leading space of each line.
///
/// Returns `None` if there is no text. An attribute whose value is a macro call, such as `#[doc = include_str!(…)]`, is
/// ignored because the macro has not been expanded yet.
pub(super) fn description(attrs: &[Attribute]) -> Option<String> {
    let texts: Vec<String> = attrs.iter().filter_map(doc_text).collect();
    let lines: Vec<&str> = texts
        .iter()
        .flat_map(|text| text.split('\n'))
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect();
    let joined = lines.join("\n").trim().to_owned();
    (!joined.is_empty()).then_some(joined)
}

fn doc_text(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
