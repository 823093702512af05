//! The key of a record: one field with `key`, or `key(a, b)` on the struct.

use darling::error::Accumulator;
use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;

use crate::input::{FieldInput, Keyed};
use crate::validate::report;
use crate::wording;

/// A column of the key.
pub(super) struct KeyPart {
    /// The field's index among those that are columns.
    pub(super) column: usize,
    /// Where the key names it.
    pub(super) span: Span,
}

/// Resolves the key, in its own order; empty where there is none.
pub(super) fn of(
    container: Option<&Keyed<Vec<Ident>>>,
    fields: &[FieldInput],
    errors: &mut Accumulator,
) -> Vec<KeyPart> {
    let columns: Vec<&FieldInput> = fields.iter().filter(|field| field.keys.skip.is_none()).collect();
    match container {
        Some(container) => {
            for field in fields {
                if let Some(key) = &field.keys.key {
                    let message =
                        "the key is said twice, here and by `key(…)` on the struct: remove one of them";
                    report(errors, key.key, message);
                }
            }
            composite(container, fields, &columns, errors)
        }
        None => single(&columns, errors),
    }
}

fn single(columns: &[&FieldInput], errors: &mut Accumulator) -> Vec<KeyPart> {
    let mut parts = Vec::new();
    let mut names = Vec::new();
    for (column, field) in columns.iter().enumerate() {
        if let Some(key) = &field.keys.key {
            parts.push(KeyPart { column, span: key.key });
            names.push(field.ident.to_string());
        }
    }
    for extra in parts.iter().skip(1) {
        let message = format!(
            "a record has one `key` field: for a composite key write `#[datus(key({}))]` on the struct",
            names.join(", ")
        );
        report(errors, extra.span, message);
    }
    parts
}

fn composite(
    container: &Keyed<Vec<Ident>>,
    fields: &[FieldInput],
    columns: &[&FieldInput],
    errors: &mut Accumulator,
) -> Vec<KeyPart> {
    if container.value.is_empty() {
        let message = "`key` names no field: write `#[datus(key(a, b))]`";
        report(errors, container.key, message);
    }
    let mut parts: Vec<KeyPart> = Vec::new();
    for name in &container.value {
        let wanted = name.unraw();
        let found = columns.iter().enumerate().find(|(_, field)| field.ident.unraw() == wanted);
        match found {
            Some((column, _)) if parts.iter().any(|part| part.column == column) => {
                let message = format!("field `{name}` is in the key twice: name it once");
                report(errors, name.span(), message);
            }
            Some((column, field)) => {
                if let Some(problem) = no_key(field) {
                    let message = format!("field `{name}` is {problem}: leave it out of the key");
                    report(errors, name.span(), message);
                }
                parts.push(KeyPart { column, span: name.span() });
            }
            None => report(errors, name.span(), missing(&wanted, fields, columns)),
        }
    }
    parts
}

/// Says why rows cannot be found again by a column.
fn no_key(field: &FieldInput) -> Option<&'static str> {
    let keys = &field.keys;
    if keys.json.is_some() {
        return Some("`json`, and LanceDB cannot look into JSON text");
    }
    if keys.flatten.is_some() {
        return Some("flattened, so it is several columns");
    }
    let stamp = Keyed::span(&keys.created_at).or(Keyed::span(&keys.updated_at));
    stamp.map(|_| "stamped, so the store writes another time there than the row has")
}

fn missing(wanted: &Ident, fields: &[FieldInput], columns: &[&FieldInput]) -> String {
    if fields.iter().any(|field| field.ident.unraw() == *wanted) {
        return format!(
            "field `{wanted}` is skipped, so it is no column: leave it out of the key, or remove its `skip`"
        );
    }
    let names = || columns.iter().map(|field| field.ident.unraw().to_string());
    let valid = format!("the fields are {}", wording::list(names()));
    wording::unknown("key field", &wanted.to_string(), names(), &valid)
}
