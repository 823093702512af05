//! Expands the typed vectors: `TableSchemaVectors`.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Context;
use super::handle;
use crate::model::{ModelChoice, RecordModel, TextModel};

/// Emits the vectors of a record. Emits nothing for a record without vectors, so that its store has no `search` method.
///
/// Expands to:
/// ```text
/// pub struct TableSchemaVectors { pub definition: VectorCol<TableSchema, Dynamic> }
/// impl Searchable for TableSchema { type Vectors = TableSchemaVectors; type Model = Dynamic; … }
/// ```
pub(super) fn expand(context: &Context<'_>, model: &RecordModel) -> TokenStream {
    if model.embeds.is_empty() {
        return TokenStream::new();
    }
    let Context { ident, vis, private, generics } = context;
    let (this, name) = (context.this(), context.companion("Vectors"));
    let (impls, parameters, clause) = generics.split_for_impl();
    let tag = |choice: &ModelChoice| match choice {
        ModelChoice::Dynamic => quote!(#private::Dynamic),
        ModelChoice::Multi => quote!(#private::Multi),
        ModelChoice::Fixed(path) => quote!(#path),
    };
    let fields = model.embeds.iter().map(|embed| {
        let column = &model.columns[embed.column].field;
        let (field, vis, made_by) = (&column.ident, &column.vis, tag(&embed.model));
        let text = match &embed.text {
            TextModel::Column => column.name.clone(),
            TextModel::Template(parts) => model.template(parts),
        };
        let what = if embed.model == ModelChoice::Multi { "vectors" } else { "vector" };
        let doc = format!("The {what} of `{text}`, in the column `{}`.", embed.vector_column);
        quote!(#[doc = #doc] #vis #field: #private::VectorCol<#this, #made_by>)
    });
    let values = model.embeds.iter().enumerate().map(|(index, embed)| {
        let field = &model.columns[embed.column].field.ident;
        quote!(#field: #private::VectorCol::new(#index))
    });
    let default = match model.embeds.as_slice() {
        [only] => tag(&only.model),
        _ => quote!(#private::SeveralVectors),
    };
    let (clone, debug) = (handle::clone_impls(&name, generics), handle::debug_impl(&name, generics));
    let summary = format!("The vectors of [`{ident}`], named after the fields that they embed.");
    quote! {
        #[doc = #summary]
        #[allow(dead_code)]
        #[must_use]
        #vis struct #name #impls #clause {
            #(#fields,)*
        }

        #clone
        #debug

        #[automatically_derived]
        impl #impls #private::Searchable for #this #clause {
            type Vectors = #name #parameters;
            type Model = #default;

            fn vectors() -> Self::Vectors {
                #name { #(#values,)* }
            }
        }
    }
}
