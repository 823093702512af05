//! Resolves the key of a record, which is declared by `key` on one field or by `key(a, b)` on the struct, and its scope,
//! which is declared by `scope` on fields.

use darling::error::Accumulator;
use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;

use crate::input::{FieldInput, Keyed};
use crate::validate::report;
use crate::wording;

/// A column of the key.
pub(super) struct KeyPart {
    /// The index of the field among those that are columns.
    pub(super) column: usize,
    /// The span of its name in the key.
    pub(super) span: Span,
}

/// Resolves the columns of the key, in key order. Returns an empty list if there is no key.
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
                        "the key is declared twice, here and with `key(…)` on the struct: remove one of them";
                    report(errors, key.key, message);
                }
            }
            composite(container, fields, &columns, errors)
        }
        None => single(&columns, errors),
    }
}

/// Resolves the columns of the scope, in the order of the fields. Returns an empty list if there is no scope.
pub(super) fn scope(fields: &[FieldInput]) -> Vec<usize> {
    let columns = fields.iter().filter(|field| field.keys.skip.is_none()).enumerate();
    columns.filter(|(_, field)| field.keys.scope.is_some()).map(|(column, _)| column).collect()
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
            "a record can have only one `key` field: for a composite key, write `#[datus(key({}))]` on the struct",
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
        let message = "`key` does not name a field: write `#[datus(key(a, b))]`";
        report(errors, container.key, message);
    }
    let mut parts: Vec<KeyPart> = Vec::new();
    for name in &container.value {
        let unraw_name = name.unraw();
        let column = columns.iter().enumerate().find(|(_, field)| field.ident.unraw() == unraw_name);
        match column {
            Some((column, _)) if parts.iter().any(|part| part.column == column) => {
                let message = format!("the key names field `{name}` twice: name it only once");
                report(errors, name.span(), message);
            }
            Some((column, field)) => {
                if let Some(problem) = key_problem(field) {
                    let message = format!("field `{name}` is {problem}: remove it from the key");
                    report(errors, name.span(), message);
                }
                parts.push(KeyPart { column, span: name.span() });
            }
            None => report(errors, name.span(), missing(&unraw_name, fields, columns)),
        }
    }
    parts
}

/// Returns the reason why a field cannot be part of the key.
fn key_problem(field: &FieldInput) -> Option<&'static str> {
    let keys = &field.keys;
    if keys.json.is_some() {
        return Some("stored as JSON text, which LanceDB does not parse");
    }
    if keys.flatten.is_some() {
        return Some("flattened into several columns");
    }
    if keys.scope.is_some() {
        return Some("the scope, which is part of every key");
    }
    let stamp = Keyed::span(&keys.created_at).or(Keyed::span(&keys.updated_at));
    stamp.map(|_| "set by the store to the current time")
}

/// Returns the message for a name in the key that is not the name of a column's field.
fn missing(name: &Ident, fields: &[FieldInput], columns: &[&FieldInput]) -> String {
    if fields.iter().any(|field| field.ident.unraw() == *name) {
        return format!(
            "field `{name}` is skipped, so it is not a column: remove it from the key, or remove its `skip`"
        );
    }
    let names = || columns.iter().map(|field| field.ident.unraw().to_string());
    let valid = format!("the fields are {}", wording::list(names()));
    wording::unknown("key field", &name.to_string(), names(), &valid)
}
