//! Generic parameters.

use darling::error::Accumulator;
use syn::spanned::Spanned;
use syn::{GenericParam, Generics};

use crate::validate::report;

/// Refuses lifetimes: rows outlive what they were made from.
pub(super) fn owned(generics: &Generics, subject: &str, errors: &mut Accumulator) {
    for param in generics.lifetimes() {
        let lifetime = &param.lifetime;
        let message = format!(
            "{subject} owns its data: remove `{lifetime}`, and replace `&{lifetime} str` by `String`"
        );
        report(errors, lifetime.span(), message);
    }
}

/// Refuses all parameters of a column enum: its variants hold no data that could use them.
pub(super) fn none_of_enum(generics: &Generics, errors: &mut Accumulator) {
    none(generics, "a column enum takes no generics, since its variants hold no data", errors);
}

/// Refuses all parameters of a projection: its columns are compared with those of one record.
pub(super) fn none_of_projection(generics: &Generics, errors: &mut Accumulator) {
    let rule = "a projection takes no generics, since its fields have the types of one record's columns";
    none(generics, rule, errors);
}

fn none(generics: &Generics, rule: &str, errors: &mut Accumulator) {
    for param in &generics.params {
        let name = match param {
            GenericParam::Lifetime(param) => param.lifetime.to_string(),
            GenericParam::Type(param) => param.ident.to_string(),
            GenericParam::Const(param) => param.ident.to_string(),
        };
        report(errors, param.span(), format!("{rule}: remove `{name}`"));
    }
}
