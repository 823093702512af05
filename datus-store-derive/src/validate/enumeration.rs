//! Column enums.

use std::collections::HashSet;

use darling::error::Accumulator;

use crate::input::{Input, VariantInput};
use crate::model::{EnumModel, VariantModel};
use crate::validate::column_name::{self, ColumnName};
use crate::validate::{generics, report, shape};

/// Resolves a column enum, or returns all errors in it.
pub(crate) fn enumeration(input: Input, mut errors: Accumulator) -> darling::Result<EnumModel> {
    let krate = input.krate();
    let Input { ident, vis: _, generics, description: _, keys, shape } = input;
    generics::none_of_enum(&generics, &mut errors);
    let inputs = shape::enum_variants(shape, &ident, &mut errors);
    if inputs.as_ref().is_some_and(Vec::is_empty) {
        let message = format!("column enum `{ident}` has no variants: add at least one");
        report(&mut errors, ident.span(), message);
    }
    let case = keys.rename_all.map(|case| case.value);
    let mut names = HashSet::new();
    let mut variants = Vec::new();
    for variant in inputs.unwrap_or_default() {
        let VariantInput { ident, keys, data } = variant;
        if let Some(span) = data {
            let message = format!(
                "variant `{ident}` holds data, but a column enum is stored as text: remove the data, or \
                 remove `ColumnEnum` and put `#[datus(json)]` on the record's field"
            );
            report(&mut errors, span, message);
        }
        let ColumnName { name, span } = column_name::resolve(keys.rename.as_ref(), case, &ident);
        if !names.insert(name.clone()) {
            let message = format!(
                "two variants are stored as `{name}`: rename one of them with `#[datus(rename = \"…\")]`"
            );
            report(&mut errors, span, message);
        }
        variants.push(VariantModel { ident, name });
    }
    errors.finish_with(EnumModel { ident, krate, variants })
}
