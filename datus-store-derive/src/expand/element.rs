//! Expands the implementation that lets a type be the item of a list column.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Path};

/// Emits the implementation that lets a `Vec` of the type be a list column.
///
/// Expands to:
/// ```text
/// impl Element for Location { type VecBuilder = ListBuilder<Location, Native>; … }
/// ```
pub(super) fn expand(private: &Path, this: &TokenStream, generics: &Generics) -> TokenStream {
    let (impls, _, clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #impls #private::Element for #this #clause {
            type VecBuilder = #private::ListBuilder<#this, #private::Native>;
            type VecReader = #private::ListReader<#this, #private::Native>;

            fn vec_data_type() -> #private::DataType {
                #private::ListBuilder::<#this, #private::Native>::data_type()
            }
        }
    }
}
