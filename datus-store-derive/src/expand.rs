//! Converts a model to code. This stage cannot fail, because `validate` has rejected invalid input.
//!
//! Generated code refers only to `::datus_store::__private`, to the user's own types, and to `core` and `std` by their full
//! paths, so that names in the user's scope cannot change its meaning.

mod check;
mod column;
mod columns;
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
mod scope;
mod structure;
pub(crate) mod stubs;
mod texts;
mod vectors;

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{EnumModel, ProjectionModel, RecordModel, StructKind, StructModel};
use column::Column;
use scope::Scope;

/// Emits the code of a record.
pub(crate) fn record(model: &RecordModel) -> TokenStream {
    let mut scope = Scope::new(&model.krate, &model.ident, &model.vis, &model.generics);
    let columns: Vec<Column<'_>> =
        (0..model.columns.len()).map(|index| Column::of_record(index, model, &scope)).collect();
    scope.require(column::generic_bounds(&columns, &scope.private));
    let public = [
        check::of_record(&scope, model, &columns),
        check::keys(&scope, &columns),
        check::indexes(&scope, &columns),
        check::private_texts(&scope, model),
        check::flattened_names(&scope, model, &columns),
        column::zones(&columns, &scope),
        columns::record(&scope, &columns),
        filter::of_record(&scope, &columns),
        query::expand(&scope, &columns),
        vectors::expand(&scope, model),
        texts::expand(&scope, &columns),
    ];
    let hidden = [
        row::expand(&scope, &columns, &model.skipped),
        filter::into_filter(&scope),
        record::expand(&scope, model, &columns),
    ];
    hide(public, hidden)
}

/// Emits the code of a column enum.
pub(crate) fn enumeration(model: &EnumModel) -> TokenStream {
    hide([], [enumeration::expand(model)])
}

/// Emits the code of a nested struct or a newtype.
pub(crate) fn structure(model: &StructModel) -> TokenStream {
    let (fields, skipped) = match &model.kind {
        StructKind::Newtype(inner) => return hide([], [newtype::expand(model, inner)]),
        StructKind::Named { fields, skipped } => (fields, skipped),
    };
    let mut scope = Scope::new(&model.krate, &model.ident, &model.vis, &model.generics);
    let columns = fields.iter().enumerate();
    let columns: Vec<Column<'_>> =
        columns.map(|(index, field)| Column::of_struct(index, field, &scope)).collect();
    scope.require(column::generic_bounds(&columns, &scope.private));
    let public = [
        check::of_structure(&scope, &columns),
        column::zones(&columns, &scope),
        columns::structure(&scope, &columns),
        filter::of_structure(&scope, &columns),
    ];
    let hidden = [row::expand(&scope, &columns, skipped), structure::expand(&scope, &columns)];
    hide(public, hidden)
}

/// Emits the code of a projection.
pub(crate) fn projection(model: &ProjectionModel) -> TokenStream {
    let private = scope::private(&model.krate);
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
