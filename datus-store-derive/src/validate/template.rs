//! Templates, which combine several fields into the source text of a vector.

use darling::error::Accumulator;
use syn::ext::IdentExt;

use crate::input::{FieldInput, Keyed, TemplateInput, TemplateKey};
use crate::model::TemplatePart;
use crate::validate::report;
use crate::wording;

/// Resolves the names in the template on the field `owner`.
pub(super) fn of(
    key: &TemplateKey,
    owner: &FieldInput,
    fields: &[FieldInput],
    errors: &mut Accumulator,
) -> Vec<TemplatePart> {
    let columns: Vec<&FieldInput> = fields.iter().filter(|field| field.keys.skip.is_none()).collect();
    let own = owner.ident.unraw();
    let names_owner = |part: &TemplateInput| matches!(part, TemplateInput::Field(name) if own == name);
    if !key.parts.iter().any(names_owner) {
        let message = format!(
            "the template does not name its own field `{own}`: add `{{{own}}}`, or move `embed` to a field that the \
             template names"
        );
        report(errors, key.span, message);
    }
    let mut parts = Vec::new();
    for part in &key.parts {
        match part {
            TemplateInput::Text(text) => parts.push(TemplatePart::Text(text.clone())),
            TemplateInput::Field(name) => {
                let column = columns.iter().enumerate().find(|(_, field)| field.ident.unraw() == name);
                let problem = match column {
                    Some((_, field)) => text_problem(field),
                    None => Some(missing(name, fields, &columns)),
                };
                if let Some(problem) = problem {
                    report(errors, key.span, problem);
                }
                parts.extend(column.map(|(column, _)| TemplatePart::Column(column)));
            }
        }
    }
    parts
}

/// Returns the reason why a field cannot be part of a template, regardless of its type.
fn text_problem(field: &FieldInput) -> Option<String> {
    let (keys, name) = (&field.keys, field.ident.unraw());
    if keys.json.is_some() {
        return Some(format!(
            "field `{name}` is stored as JSON, which is not text to embed: remove it from the template"
        ));
    }
    if keys.flatten.is_some() {
        return Some(format!(
            "field `{name}` is flattened into several columns: remove it from the template"
        ));
    }
    let stamp = Keyed::span(&keys.created_at).or(Keyed::span(&keys.updated_at));
    stamp.map(|_| {
        format!("field `{name}` is set by the store after the text is embedded: remove it from the template")
    })
}

/// Returns the message for a name in the template that is not the name of a column's field.
fn missing(name: &str, fields: &[FieldInput], columns: &[&FieldInput]) -> String {
    if fields.iter().any(|field| field.ident.unraw() == name) {
        return format!(
            "field `{name}` is skipped, so its value is not stored: remove it from the template, or remove its `skip`"
        );
    }
    let names = || columns.iter().map(|field| field.ident.unraw().to_string());
    let valid = format!("the fields are {}", wording::list(names()));
    wording::unknown("field in the template", name, names(), &valid)
}
