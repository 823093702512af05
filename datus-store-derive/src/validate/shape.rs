//! Which kind of type each derive is for.

use darling::error::Accumulator;
use proc_macro2::Ident;
use syn::Type;

use crate::input::{FieldInput, Shape, VariantInput};
use crate::validate::report;

/// The fields of a record; `None` where the type is refused as a whole.
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
            "a record is a struct with named fields: for an enum that is one column, write \
             `#[derive(ColumnEnum)]`"
                .to_owned(),
        ),
        Shape::Union { span } => {
            (span, "a record is a struct with named fields: write `struct` instead of `union`".to_owned())
        }
    };
    report(errors, span, message);
    None
}

/// The fields of a projection; `None` where the type is refused as a whole.
pub(super) fn projection_fields(
    shape: Shape,
    ident: &Ident,
    errors: &mut Accumulator,
) -> Option<Vec<FieldInput>> {
    let (span, why) = match shape {
        Shape::Named(fields) => return Some(fields),
        Shape::Tuple { span, .. } => (span, "because they name the columns that it reads"),
        Shape::Unit => (ident.span(), "because they name the columns that it reads"),
        Shape::Enum { span, .. } | Shape::Union { span } => (span, "so it is a struct"),
    };
    let message = format!(
        "a projection needs named fields, {why}: write `struct {ident} {{ name: String }}`, or select a tuple of \
         columns: `.select(|t| (t.a, t.b))`"
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

/// The inside of a column struct.
pub(super) enum StructFields {
    Named(Vec<FieldInput>),
    Newtype(Box<Type>),
}

/// The fields of a column struct; `None` where the type is refused as a whole.
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
                        "a tuple struct of {count} fields has no names for its columns: write \
                         `struct {ident} {{ name: String }}`, or keep one field to store it as \
                         that field's type"
                    ),
                ),
            }
        }
        Shape::Unit => (
            ident.span(),
            format!(
                "a column struct needs fields, because they are what is stored: write \
                 `struct {ident} {{ name: String }}`"
            ),
        ),
        Shape::Enum { span, .. } => {
            (span, "a column struct is a struct: for an enum, write `#[derive(ColumnEnum)]`".to_owned())
        }
        Shape::Union { span } => {
            (span, "a column struct is a struct: write `struct` instead of `union`".to_owned())
        }
    };
    report(errors, span, message);
    None
}

/// The variants of a column enum; `None` where the type is refused as a whole.
pub(super) fn enum_variants(
    shape: Shape,
    ident: &Ident,
    errors: &mut Accumulator,
) -> Option<Vec<VariantInput>> {
    let (span, message) = match shape {
        Shape::Enum { variants, .. } => return Some(variants),
        Shape::Named(_) | Shape::Tuple { .. } | Shape::Unit => {
            (ident.span(), "a column enum is an enum: for a struct, write `#[derive(ColumnStruct)]`")
        }
        Shape::Union { span } => (span, "a column enum is an enum: write `enum` instead of `union`"),
    };
    report(errors, span, message);
    None
}
