//! Column structs and newtypes.

use darling::error::Accumulator;

use crate::input::Input;
use crate::model::{StructKind, StructModel};
use crate::validate::shape::StructFields;
use crate::validate::{column, generics, report, shape};

/// Resolves a column struct, or returns all errors in it.
pub(crate) fn structure(input: Input, mut errors: Accumulator) -> darling::Result<StructModel> {
    let krate = input.krate();
    let Input { ident, vis, generics, description: _, keys, shape } = input;
    generics::owned(&generics, "a column struct", &mut errors);
    let kind = match shape::struct_fields(shape, &ident, &mut errors) {
        Some(StructFields::Newtype(inner)) => {
            if let Some(rename_all) = &keys.rename_all {
                let message = format!("newtype `{ident}` has no column names: remove `rename_all`");
                report(&mut errors, rename_all.key, message);
            }
            StructKind::Newtype(*inner)
        }
        Some(StructFields::Named(fields)) => {
            let case = keys.rename_all.map(|case| case.value);
            let (fields, skipped) = column::nested(fields, case, &mut errors);
            if fields.is_empty() {
                let message =
                    format!("column struct `{ident}` has no columns: add a field without `#[datus(skip)]`");
                report(&mut errors, ident.span(), message);
            }
            StructKind::Named { fields, skipped }
        }
        None => StructKind::Named { fields: Vec::new(), skipped: Vec::new() },
    };
    errors.finish_with(StructModel { ident, vis, generics, krate, kind })
}
