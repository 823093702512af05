//! `template = "{title}: {body}"`.

use darling::Error;
use proc_macro2::Span;
use syn::{Expr, ExprLit, Lit, Meta};

use super::{Value, assigned, wrong_form};

/// The value of `template`: text with field names in braces.
#[derive(Clone)]
pub(crate) struct TemplateKey {
    pub(crate) parts: Vec<TemplateInput>,
    /// The span of the whole string literal. The compiler provides no spans inside a literal.
    pub(crate) span: Span,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplateInput {
    /// Literal text, which is not empty. Escaped braces are replaced by single ones.
    Text(String),
    /// The name of a field, as written between braces.
    Field(String),
}

impl Value for TemplateKey {
    const WHAT: &'static str = "a string literal with field names in braces";

    fn usage(key: &str) -> String {
        format!("{key} = \"{{title}}: {{body}}\"")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        let Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) = assigned(meta) else {
            return Err(wrong_form::<Self>(meta));
        };
        let span = text.span();
        match parts(&text.value()) {
            Ok(parts) => Ok(Self { parts, span }),
            Err(problem) => Err(Error::custom(problem).with_span(&span)),
        }
    }
}

/// Splits a template into its parts, or returns a message that describes the mistake.
fn parts(template: &str) -> Result<Vec<TemplateInput>, String> {
    let (mut parts, mut text) = (Vec::new(), String::new());
    let mut rest = template;
    while let Some(brace) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(brace);
        text.push_str(before);
        if after.starts_with("{{") || after.starts_with("}}") {
            text.extend(after.chars().next());
            rest = after.get(2..).unwrap_or_default();
            continue;
        }
        if after.starts_with('}') {
            return Err("unmatched `}` in the template: write `}}` for a literal brace".to_owned());
        }
        let Some((name, after)) = after.get(1..).and_then(|inside| inside.split_once('}')) else {
            return Err("unmatched `{` in the template: write `{{` for a literal brace".to_owned());
        };
        parts
            .extend(Some(std::mem::take(&mut text)).filter(|text| !text.is_empty()).map(TemplateInput::Text));
        parts.push(TemplateInput::Field(field(name)?));
        rest = after;
    }
    text.push_str(rest);
    parts.extend(Some(text).filter(|text| !text.is_empty()).map(TemplateInput::Text));
    Ok(parts)
}

fn field(name: &str) -> Result<String, String> {
    if name.trim().is_empty() {
        return Err(format!(
            "`{{{name}}}` in the template does not name a field: write a field name, such as `{{title}}`"
        ));
    }
    match name.split_once(':') {
        Some((name, _)) => Err(format!(
            "the template has a format for `{name}`, but formats are not supported: write `{{{name}}}`"
        )),
        None => Ok(name.to_owned()),
    }
}
