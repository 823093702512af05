//! Converts a model to code. This stage cannot fail, because `validate` has rejected invalid input.
//!
//! Generated code refers only to `::datus_store::__private`, to the user's own types, and to `core` and `std` by their full
//! paths, so that names in the user's scope cannot change its meaning.

mod check;
mod column;
mod columns;
mod context;
mod default;
mod element;
mod enumeration;
mod filter;
mod fts;
mod handle;
mod newtype;
mod projection;
mod query;
mod record;
mod row;
mod structure;
pub(crate) mod stubs;
mod texts;
mod vectors;

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{EnumModel, ProjectionModel, RecordModel, StructKind, StructModel};
use column::Column;
use context::Context;

/// Emits the code for a record.
pub(crate) fn record(model: &RecordModel) -> TokenStream {
    let mut context = Context::new(&model.krate, &model.ident, &model.vis, &model.generics);
    let columns: Vec<Column<'_>> =
        (0..model.columns.len()).map(|index| Column::of_record(index, model, &context)).collect();
    context.require(column::generic_bounds(&columns, &context.private));
    let public = [
        check::of_record(&context, model, &columns),
        check::keys(&context, &columns),
        check::indexes(&context, &columns),
        check::private_texts(&context, model),
        check::flattened_names(&context, model, &columns),
        column::zones(&columns, &context),
        columns::record(&context, &columns),
        filter::of_record(&context, &columns),
        query::expand(&context, &columns),
        vectors::expand(&context, model),
        texts::expand(&context, &columns),
    ];
    let hidden = [
        row::expand(&context, &columns, &model.skipped),
        filter::into_filter(&context),
        record::expand(&context, model, &columns),
    ];
    hide(public, hidden)
}

/// Emits the code for a column enum.
pub(crate) fn enumeration(model: &EnumModel) -> TokenStream {
    hide([], [enumeration::expand(model)])
}

/// Emits the code for a nested struct or a newtype.
pub(crate) fn structure(model: &StructModel) -> TokenStream {
    let (fields, skipped) = match &model.kind {
        StructKind::Newtype(inner) => return hide([], [newtype::expand(model, inner)]),
        StructKind::Named { fields, skipped } => (fields, skipped),
    };
    let mut context = Context::new(&model.krate, &model.ident, &model.vis, &model.generics);
    let columns = fields.iter().enumerate();
    let columns: Vec<Column<'_>> =
        columns.map(|(index, field)| Column::of_struct(index, field, &context)).collect();
    context.require(column::generic_bounds(&columns, &context.private));
    let public = [
        check::of_structure(&context, &columns),
        column::zones(&columns, &context),
        columns::structure(&context, &columns),
        filter::of_structure(&context, &columns),
    ];
    let hidden = [row::expand(&context, &columns, skipped), structure::expand(&context, &columns)];
    hide(public, hidden)
}

/// Emits the code for a projection.
pub(crate) fn projection(model: &ProjectionModel) -> TokenStream {
    let private = context::private(&model.krate);
    hide([check::of_projection(model, &private)], [projection::expand(model, &private)])
}

/// Places public items alongside the type, and hidden items in an unnamed constant.
///
/// Expands to:
/// ```text
/// pub struct TableSchemaColumns { … }
/// const _: () = { impl Row for TableSchema { … } };
/// ```
fn hide<const P: usize, const H: usize>(public: [TokenStream; P], hidden: [TokenStream; H]) -> TokenStream {
    quote! {
        #(#public)*
        #[doc(hidden)]
        #[allow(dead_code, unreachable_pub, non_upper_case_globals, clippy::all, clippy::pedantic)]
        const _: () = {
            #(#hidden)*
        };
    }
}
