//! The columns of a record or of a nested struct.

use std::collections::HashSet;

use crate::choice::Case;
use crate::input::{DefaultKey, FieldInput, FlattenKeys, IndexKey, Keyed};
use crate::model::{
    ColumnModel, DefaultValue, FieldModel, FlattenModel, IndexModel, SkippedField, StampModel,
};
use crate::validate::column_name::{self, ColumnName};
use crate::validate::method::Methods;
use crate::validate::rename_from::OldNames;
use crate::validate::{conflict, fts, rename_from, report, storage};
use darling::error::Accumulator;

/// The resolved fields of a record.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) columns: Vec<ColumnModel>,
    /// For each column, its names in older tables.
    pub(super) old_names: Vec<OldNames>,
    pub(super) skipped: Vec<SkippedField>,
}

/// Resolves the fields of a record. `methods` contains the methods of the columns, in order.
pub(super) fn of(
    fields: Vec<FieldInput>,
    case: Option<Case>,
    methods: Vec<Methods>,
    errors: &mut Accumulator,
) -> Columns {
    let (kept, skipped) = split(fields, errors);
    let mut names = HashSet::new();
    let (mut columns, mut old_names) = (Vec::new(), Vec::new());
    for (input, methods) in kept.into_iter().zip(methods) {
        let old = rename_from::of(&input.keys.rename_from);
        columns.push(ColumnModel {
            renamed_from: old.iter().map(|(name, _)| name.clone()).collect(),
            flatten: input.keys.flatten.as_ref().map(|key| flatten(key, errors)),
            private: input.keys.private.as_ref().map(|private| private.key),
            eq_method: methods.eq,
            maybe_method: methods.maybe,
            default: input.keys.default.clone().map(default_value),
            index: input.keys.index.as_ref().map(index),
            fts: input.keys.fts.as_ref().map(|key| fts::of(key, errors)),
            stamp: stamp(&input),
            field: field(input, case, &mut names, column_name::problem, errors),
        });
        old_names.push(old);
    }
    Columns { columns, old_names, skipped }
}

/// Resolves the fields of a nested struct.
pub(super) fn nested(
    fields: Vec<FieldInput>,
    case: Option<Case>,
    errors: &mut Accumulator,
) -> (Vec<FieldModel>, Vec<SkippedField>) {
    let (kept, skipped) = split(fields, errors);
    let mut names = HashSet::new();
    let mut columns = Vec::new();
    for input in kept {
        columns.push(field(input, case, &mut names, column_name::nested_problem, errors));
    }
    (columns, skipped)
}

/// Checks the keys of every field for conflicts, and separates the fields that are columns from the skipped ones.
fn split(fields: Vec<FieldInput>, errors: &mut Accumulator) -> (Vec<FieldInput>, Vec<SkippedField>) {
    let (mut kept, mut skipped) = (Vec::new(), Vec::new());
    for input in fields {
        conflict::check(&input, errors);
        match input.keys.skip {
            Some(_) => skipped.push(skipped_field(input)),
            None => kept.push(input),
        }
    }
    (kept, skipped)
}

/// Resolves the part of a field that is common to records and nested structs. Checks the name against the rules and against
/// earlier names.
fn field(
    input: FieldInput,
    case: Option<Case>,
    names: &mut HashSet<String>,
    problem: fn(&str) -> Option<String>,
    errors: &mut Accumulator,
) -> FieldModel {
    let ColumnName { name, span } = column_name::resolve(input.keys.rename.as_ref(), case, &input.ident);
    if let Some(problem) = problem(&name) {
        let message = format!("{problem}: choose a different name with `#[datus(rename = \"…\")]`");
        report(errors, span, message);
    } else if !names.insert(name.clone()) {
        let message =
            format!("two columns are named `{name}`: rename one of them with `#[datus(rename = \"…\")]`");
        report(errors, span, message);
    }
    let (storage, storage_span) = storage::of(&input, errors);
    FieldModel {
        in_filter: input.keys.filter.is_none_or(|filter| filter.value),
        ident: input.ident,
        name,
        ty: input.ty,
        vis: input.vis,
        description: input.description,
        storage,
        storage_span,
    }
}

fn skipped_field(input: FieldInput) -> SkippedField {
    SkippedField {
        ident: input.ident,
        ty: input.ty,
        default: match input.keys.default {
            Some(default) => default_value(default),
            None => DefaultValue::Trait,
        },
    }
}

fn index(key: &Keyed<IndexKey>) -> IndexModel {
    IndexModel { kind: key.value.kind, span: key.key }
}

/// Resolves the stamp. If both keys are present, the conflict has been reported, and `created_at` takes precedence.
fn stamp(input: &FieldInput) -> Option<StampModel> {
    match (&input.keys.created_at, &input.keys.updated_at) {
        (Some(_), _) => Some(StampModel::Created),
        (None, Some(_)) => Some(StampModel::Updated),
        (None, None) => None,
    }
}

fn flatten(key: &Keyed<FlattenKeys>, errors: &mut Accumulator) -> FlattenModel {
    let prefix = key.value.prefix.as_ref().map(|prefix| &prefix.value);
    if let Some(prefix) = prefix
        && let Some(problem) = column_name::problem(&prefix.value())
    {
        let message =
            format!("{problem}: choose a different prefix, such as `flatten(prefix = \"address_\")`");
        report(errors, prefix.span(), message);
    }
    FlattenModel { prefix: prefix.map(syn::LitStr::value).unwrap_or_default(), span: key.key }
}

fn default_value(key: Keyed<DefaultKey>) -> DefaultValue {
    match key.value {
        DefaultKey::Trait => DefaultValue::Trait,
        DefaultKey::Expr(expr) => DefaultValue::Expr(expr),
    }
}
