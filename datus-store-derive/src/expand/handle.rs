//! What all structs of typed columns and vectors have in common: they are copied like references.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Generics;

/// `Clone` and `Copy`, whatever the parameters are: a handle holds names, no values.
///
/// Expands to:
/// ```text
/// impl Clone for TableSchemaColumns { fn clone(&self) -> Self { *self } }
/// impl Copy for TableSchemaColumns {}
/// ```
pub(super) fn copied(name: &Ident, generics: &Generics) -> TokenStream {
    let (impls, parameters, clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impls ::core::clone::Clone for #name #parameters #clause {
            fn clone(&self) -> Self {
                *self
            }
        }

        #[automatically_derived]
        impl #impls ::core::marker::Copy for #name #parameters #clause {}
    }
}

/// `Debug` that says the name alone.
pub(super) fn named(name: &Ident, generics: &Generics) -> TokenStream {
    let (impls, parameters, clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impls ::core::fmt::Debug for #name #parameters #clause {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(::core::stringify!(#name))
            }
        }
    }
}
