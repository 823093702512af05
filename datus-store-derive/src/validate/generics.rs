//! Generic parameters.

use darling::error::Accumulator;
use syn::spanned::Spanned;
use syn::{GenericParam, Generics};

use crate::validate::report;

/// Rejects lifetimes, because a row owns its data.
pub(super) fn owned(generics: &Generics, subject: &str, errors: &mut Accumulator) {
    for param in generics.lifetimes() {
        let lifetime = &param.lifetime;
        let message = format!(
            "{subject} must own its data: remove `{lifetime}`, and replace `&{lifetime} str` with `String`"
        );
        report(errors, lifetime.span(), message);
    }
}

/// Rejects all parameters of a column enum, whose variants hold no data that could use them.
pub(super) fn none_of_enum(generics: &Generics, errors: &mut Accumulator) {
    reject(generics, "a column enum cannot be generic, because its variants hold no data", errors);
}

/// Rejects all parameters of a projection, whose fields have the types of the record's columns.
pub(super) fn none_of_projection(generics: &Generics, errors: &mut Accumulator) {
    let rule = "a projection cannot be generic, because its fields have the types of the record's columns";
    reject(generics, rule, errors);
}

fn reject(generics: &Generics, rule: &str, errors: &mut Accumulator) {
    for param in &generics.params {
        let name = match param {
            GenericParam::Lifetime(param) => param.lifetime.to_string(),
            GenericParam::Type(param) => param.ident.to_string(),
            GenericParam::Const(param) => param.ident.to_string(),
        };
        report(errors, param.span(), format!("{rule}: remove `{name}`"));
    }
}
