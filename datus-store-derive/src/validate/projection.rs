//! A whole projection. Whether the record has the columns, and of which types, is asked of the compiler.

use darling::error::Accumulator;
use proc_macro2::Ident;
use syn::{Path, parse_quote};

use crate::input::{FieldInput, FlattenKeys, Input, Keyed};
use crate::model::{ProjectedField, ProjectionModel, Source};
use crate::validate::{conflict, generics, report, shape};

/// Resolves a projection, or gives every error in it.
pub(crate) fn projection(input: Input, mut errors: Accumulator) -> darling::Result<ProjectionModel> {
    let krate = input.krate();
    let Input { ident, vis: _, generics, description: _, keys, shape } = input;
    generics::none_of_projection(&generics, &mut errors);
    let record = record(keys.of, &ident, &mut errors);
    let fields = shape::projection_fields(shape, &ident, &mut errors);
    if fields.as_ref().is_some_and(Vec::is_empty) {
        let message = format!(
            "projection `{ident}` reads no column: give it a field with the name and the type of one of the record"
        );
        report(&mut errors, ident.span(), message);
    }
    let fields = fields.unwrap_or_default().into_iter();
    let fields = fields.map(|field| projected(field, &mut errors)).collect();
    errors.finish_with(ProjectionModel { ident, krate, record, fields })
}

fn record(of: Option<Keyed<Path>>, ident: &Ident, errors: &mut Accumulator) -> Path {
    of.map(|of| of.value).unwrap_or_else(|| {
        let message = format!("projection `{ident}` is of no record: write `#[datus(of = MyRecord)]` on it");
        report(errors, ident.span(), message);
        parse_quote!(MyRecord)
    })
}

fn projected(field: FieldInput, errors: &mut Accumulator) -> ProjectedField {
    conflict::check(&field, errors);
    let source = match (field.keys.flatten, field.keys.column) {
        (Some(flatten), _) => flattened(&flatten, errors),
        (None, Some(column)) => Source::Column(column.value.path),
        (None, None) => Source::Column(vec![field.ident.clone()]),
    };
    ProjectedField { ident: field.ident, ty: field.ty, source }
}

fn flattened(flatten: &Keyed<FlattenKeys>, errors: &mut Accumulator) -> Source {
    if let Some(prefix) = &flatten.value.prefix {
        let message = "a projection names its columns itself: write `flatten` without a prefix";
        report(errors, prefix.key, message);
    }
    Source::Projection
}
