//! The kinds of types that each derive supports.

use darling::error::Accumulator;
use proc_macro2::Ident;
use syn::Type;

use crate::input::{FieldInput, Shape, VariantInput};
use crate::validate::report;

/// Returns the fields of a record, or reports that the type is not supported and returns `None`.
pub(super) fn record_fields(
    shape: Shape,
    ident: &Ident,
    errors: &mut Accumulator,
) -> Option<Vec<FieldInput>> {
    let (span, message) = match shape {
        Shape::Named(fields) => return Some(fields),
        Shape::Tuple { span, .. } => (span, unnamed(ident)),
        Shape::Unit => (ident.span(), unnamed(ident)),
        Shape::Enum { span, .. } => (
            span,
            "a record must be a struct with named fields: to store an enum in a column, write \
             `#[derive(ColumnEnum)]`"
                .to_owned(),
        ),
        Shape::Union { span } => (
            span,
            "a record must be a struct with named fields: write `struct` instead of `union`".to_owned(),
        ),
    };
    report(errors, span, message);
    None
}

/// Returns the fields of a projection, or reports that the type is not supported and returns `None`.
pub(super) fn projection_fields(
    shape: Shape,
    ident: &Ident,
    errors: &mut Accumulator,
) -> Option<Vec<FieldInput>> {
    let span = match shape {
        Shape::Named(fields) => return Some(fields),
        Shape::Unit => ident.span(),
        Shape::Tuple { span, .. } | Shape::Enum { span, .. } | Shape::Union { span } => span,
    };
    let message = format!(
        "a projection must be a struct with named fields: write `struct {ident} {{ name: String }}`, or select a \
         tuple of columns: `.select(|t| (t.a, t.b))`"
    );
    report(errors, span, message);
    None
}

fn unnamed(ident: &Ident) -> String {
    format!(
        "a record needs named fields, because they name its columns: write \
         `struct {ident} {{ name: String }}`"
    )
}

/// The fields of a column struct.
pub(super) enum StructFields {
    Named(Vec<FieldInput>),
    Newtype(Box<Type>),
}

/// Returns the fields of a column struct, or reports that the type is not supported and returns `None`.
pub(super) fn struct_fields(shape: Shape, ident: &Ident, errors: &mut Accumulator) -> Option<StructFields> {
    let (span, message) = match shape {
        Shape::Named(fields) => return Some(StructFields::Named(fields)),
        Shape::Tuple { types, span } => {
            let count = types.len();
            let mut types = types.into_iter();
            match (types.next(), types.next()) {
                (Some(inner), None) => return Some(StructFields::Newtype(Box::new(inner))),
                _ => (
                    span,
                    format!(
                        "a tuple struct with {count} fields has no column names: write \
                         `struct {ident} {{ name: String }}`, or keep one field for a newtype"
                    ),
                ),
            }
        }
        Shape::Unit => (
            ident.span(),
            format!("a column struct needs at least one field: write `struct {ident} {{ name: String }}`"),
        ),
        Shape::Enum { span, .. } => {
            (span, "a column struct must be a struct: for an enum, write `#[derive(ColumnEnum)]`".to_owned())
        }
        Shape::Union { span } => {
            (span, "a column struct must be a struct: write `struct` instead of `union`".to_owned())
        }
    };
    report(errors, span, message);
    None
}

/// Returns the variants of a column enum, or reports that the type is not supported and returns `None`.
pub(super) fn enum_variants(
    shape: Shape,
    ident: &Ident,
    errors: &mut Accumulator,
) -> Option<Vec<VariantInput>> {
    let (span, message) = match shape {
        Shape::Enum { variants, .. } => return Some(variants),
        Shape::Named(_) | Shape::Tuple { .. } | Shape::Unit => {
            (ident.span(), "a column enum must be an enum: for a struct, write `#[derive(ColumnStruct)]`")
        }
        Shape::Union { span } => (span, "a column enum must be an enum: write `enum` instead of `union`"),
    };
    report(errors, span, message);
    None
}
