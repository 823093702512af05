//! Expands the columns with full-text search: `TableSchemaTexts`.

use proc_macro2::TokenStream;
use quote::quote;

use super::column::Column;
use super::context::Context;
use super::handle;

/// Emits the columns with full-text search. Emits nothing for a record without such columns, so that its searches have no
/// `full_text` method.
///
/// Expands to:
/// ```text
/// pub struct TableSchemaTexts { pub definition: TextCol<TableSchema> }
/// impl TableSchemaTexts { pub fn all(self) -> TextColumns<TableSchema> { … } }
/// impl TextSearchable for TableSchema { type Texts = TableSchemaTexts; … }
/// ```
pub(super) fn expand(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    let texts: Vec<&Column<'_>> = columns.iter().filter(|column| column.has_fts()).collect();
    if texts.is_empty() {
        return TokenStream::new();
    }
    let Context { ident, vis, private, generics } = context;
    let (this, name) = (context.this(), context.companion("Texts"));
    let (impls, parameters, clause) = generics.split_for_impl();
    let fields = texts.iter().map(|column| {
        let (field, vis) = (column.ident(), column.vis());
        let doc = format!("The column `{}`.", column.name());
        quote!(#[doc = #doc] #vis #field: #private::TextCol<#this>)
    });
    let values = texts.iter().map(|column| {
        let (field, name) = (column.ident(), column.name());
        quote!(#field: #private::TextCol::new(#name))
    });
    let all = texts.iter().map(|column| column.ident());
    let (clone, debug) = (handle::clone_impls(&name, generics), handle::debug_impl(&name, generics));
    let summary = format!("The columns of [`{ident}`] with full-text search.");
    quote! {
        #[doc = #summary]
        #[allow(dead_code)]
        #[must_use]
        #vis struct #name #impls #clause {
            #(#fields,)*
        }

        #[allow(dead_code)]
        impl #impls #name #parameters #clause {
            /// Combines all columns, to search them for the same words.
            #vis fn all(self) -> #private::TextColumns<#this> {
                #private::TextColumns::all([#(self.#all),*])
            }
        }

        #clone
        #debug

        #[automatically_derived]
        impl #impls #private::TextSearchable for #this #clause {
            type Texts = #name #parameters;

            fn texts() -> Self::Texts {
                #name { #(#values,)* }
            }
        }
    }
}
