//! Expands the traits that all structs of typed columns and vectors implement.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Generics;

/// Emits `Clone` and `Copy` without bounds on the parameters, because a handle holds names but no values.
///
/// Expands to:
/// ```text
/// impl Clone for TableSchemaColumns { fn clone(&self) -> Self { *self } }
/// impl Copy for TableSchemaColumns {}
/// ```
pub(super) fn clone_impls(name: &Ident, generics: &Generics) -> TokenStream {
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

/// Emits a `Debug` implementation that prints only the name.
pub(super) fn debug_impl(name: &Ident, generics: &Generics) -> TokenStream {
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
