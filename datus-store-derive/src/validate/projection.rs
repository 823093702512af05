//! Projections. The compiler checks that the record has the columns, and that the types are equal.

use darling::error::Accumulator;
use proc_macro2::Ident;
use syn::{Path, parse_quote};

use crate::input::{FieldInput, FlattenKeys, Input, Keyed};
use crate::model::{ProjectedField, ProjectionModel, Source};
use crate::validate::{conflict, generics, report, shape};

/// Resolves a projection, or returns all errors in it.
pub(crate) fn projection(input: Input, mut errors: Accumulator) -> darling::Result<ProjectionModel> {
    let krate = input.krate();
    let Input { ident, vis: _, generics, description: _, keys, shape } = input;
    generics::none_of_projection(&generics, &mut errors);
    let record = record(keys.of, &ident, &mut errors);
    let fields = shape::projection_fields(shape, &ident, &mut errors);
    if fields.as_ref().is_some_and(Vec::is_empty) {
        let message = format!(
            "projection `{ident}` has no fields: add a field with the name and type of a field of the record"
        );
        report(&mut errors, ident.span(), message);
    }
    let fields = fields.unwrap_or_default().into_iter();
    let fields = fields.map(|field| projected_field(field, &mut errors)).collect();
    errors.finish_with(ProjectionModel { ident, krate, record, fields })
}

fn record(of: Option<Keyed<Path>>, ident: &Ident, errors: &mut Accumulator) -> Path {
    of.map(|of| of.value).unwrap_or_else(|| {
        let message = format!("projection `{ident}` does not name its record: add `#[datus(of = MyRecord)]`");
        report(errors, ident.span(), message);
        parse_quote!(MyRecord)
    })
}

fn projected_field(field: FieldInput, errors: &mut Accumulator) -> ProjectedField {
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
        let message = "the flattened projection names its own columns: write `flatten` without a prefix";
        report(errors, prefix.key, message);
    }
    Source::Projection
}
