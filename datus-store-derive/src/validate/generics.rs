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
pub(super) fn none(generics: &Generics, errors: &mut Accumulator) {
    for param in &generics.params {
        let name = match param {
            GenericParam::Lifetime(param) => param.lifetime.to_string(),
            GenericParam::Type(param) => param.ident.to_string(),
            GenericParam::Const(param) => param.ident.to_string(),
        };
        let message =
            format!("a column enum takes no generics, since its variants hold no data: remove `{name}`");
        report(errors, param.span(), message);
    }
}
