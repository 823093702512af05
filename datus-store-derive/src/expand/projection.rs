//! Expands a projection: a struct that is read from some columns of a record.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

use super::context::checked_constant;
use crate::model::{ProjectedField, ProjectionModel, Source};
use crate::names;

/// Expands to:
/// ```text
/// impl Projection<Book> for Summary {
///     fn paths(paths: &mut Vec<ColumnPath>) {
///         let columns = <Book as EmbeddingRecord>::columns();
///         Selection::<Book>::paths(columns.title, paths);
///     }
///
///     fn open(arrays: &mut dyn Iterator<Item = &ArrayRef>) -> Result<ReadRow<Self>> {
///         let columns = <Book as EmbeddingRecord>::columns();
///         let c0 = FieldReader::<Book, _>::open(columns.title, arrays)?;
///         Ok(Box::new(move |row| Ok(Self { title: c0.get(row)? })))
///     }
/// }
/// ```
pub(super) fn expand(model: &ProjectionModel, private: &Path) -> TokenStream {
    let ProjectionModel { ident, krate: _, record, fields } = model;
    let columns = names::internal("columns");
    let constant = checked_constant(ident);
    // Goes through the constant, which already reports a column that is missing or has a different type.
    let checked = quote!(#private::Checked<#record, #constant>);
    let typed = quote!(let #columns = <#checked as #private::EmbeddingRecord>::columns(););
    let paths = fields.iter().map(|ProjectedField { ty, source, .. }| match source {
        Source::Column(path) => quote!(#private::Selection::<#record>::paths(#columns #(.#path)*, paths)),
        Source::Projection => {
            let nested = quote!(#private::Checked<#ty, #constant>);
            quote!(<#nested as #private::Projection<#record>>::paths(paths))
        }
    });
    let slots: Vec<_> = (0..fields.len()).map(names::slot).collect();
    let readers = fields.iter().map(|ProjectedField { ty, source, .. }| match source {
        Source::Column(path) => {
            quote!(#private::FieldReader::<#record, _>::open(#columns #(.#path)*, arrays)?)
        }
        Source::Projection => {
            let nested = quote!(#private::Checked<#ty, #constant>);
            quote!(<#nested as #private::Projection<#record>>::open(arrays)?)
        }
    });
    let values = fields.iter().zip(&slots).map(|(ProjectedField { ident, source, .. }, slot)| match source {
        Source::Column(_) => quote!(#ident: #slot.get(row)?),
        Source::Projection => quote!(#ident: #slot(row)?),
    });
    quote! {
        #[automatically_derived]
        impl #private::Projection<#record> for #ident {
            fn paths(paths: &mut #private::Vec<#private::ColumnPath>) {
                #typed
                #(#paths;)*
            }

            fn open<'a>(
                arrays: &mut dyn ::core::iter::Iterator<Item = &'a #private::ArrayRef>,
            ) -> #private::Result<#private::ReadRow<Self>> {
                #typed
                #(let #slots = #readers;)*
                ::core::result::Result::Ok(#private::Box::new(move |row: ::core::primitive::usize| {
                    ::core::result::Result::Ok(#ident { #(#values,)* })
                }))
            }
        }
    }
}
