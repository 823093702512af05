//! Templates: what a vector is made of, where it is several fields.

use darling::error::Accumulator;
use syn::ext::IdentExt;

use crate::input::{FieldInput, Keyed, TemplateInput, TemplateKey};
use crate::model::TemplatePart;
use crate::validate::report;
use crate::wording;

/// Resolves the names in a template, which stands on `owner`.
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
            "the template does not name `{own}`, the field it stands on: put `{{{own}}}` into it, or move `embed` to a \
             field that it names"
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
                    Some((_, field)) => no_text(field),
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

/// Says why no text is made of a column, whatever its type.
fn no_text(field: &FieldInput) -> Option<String> {
    let (keys, name) = (&field.keys, field.ident.unraw());
    if keys.json.is_some() {
        return Some(format!(
            "field `{name}` is `json`, which is no text to embed: leave it out of the template"
        ));
    }
    if keys.flatten.is_some() {
        return Some(format!(
            "field `{name}` is flattened, so it is several columns: leave it out of the template"
        ));
    }
    let stamp = Keyed::span(&keys.created_at).or(Keyed::span(&keys.updated_at));
    stamp.map(|_| {
        format!("field `{name}` is stamped when the row is written, after its text was made: leave it out of the template")
    })
}

fn missing(name: &str, fields: &[FieldInput], columns: &[&FieldInput]) -> String {
    if fields.iter().any(|field| field.ident.unraw() == name) {
        return format!(
            "field `{name}` is skipped, so its text is not there when a row is read: leave it out of the template, or \
             remove its `skip`"
        );
    }
    let names = || columns.iter().map(|field| field.ident.unraw().to_string());
    let valid = format!("the fields are {}", wording::list(names()));
    wording::unknown("field in the template", name, names(), &valid)
}
