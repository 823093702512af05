//! Expands a newtype as a column, which stores the inner type.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::check;
use super::context::Context;
use super::element;
use crate::model::StructModel;

/// Expands to:
/// ```text
/// impl Transparent for UserId { type Inner = String; … }
/// impl Column for UserId { type Builder = NewtypeBuilder<UserId>; type Handle<R> = Col<R, UserId>; … }
/// impl Element for UserId { … }
/// ```
pub(super) fn expand(model: &StructModel, inner: &Type) -> TokenStream {
    let context = Context::new(&model.krate, &model.ident, &model.vis, &model.generics);
    let private = &context.private;
    let mut generics = context.generics.clone();
    if !model.generics.params.is_empty() {
        generics.make_where_clause().predicates.push(syn::parse_quote!(#inner: #private::Column));
    }
    let (this, (impls, _, clause)) = (context.this(), generics.split_for_impl());
    let checked = context.checked(inner);
    let concrete = !context.is_generic(inner);
    let questions = concrete.then(|| check::bound_member(inner, &quote!(#private::Column), "NULLABLE"));
    let check = check::expand(&model.ident, questions);
    let inner_column = quote!(<#checked as #private::Column>);
    let element = element::expand(private, &this, &generics);
    quote! {
        #check

        #[automatically_derived]
        impl #impls #private::Transparent for #this #clause {
            type Inner = #checked;

            fn inner(&self) -> &#inner {
                &self.0
            }

            fn into_inner(self) -> #inner {
                self.0
            }

            fn from_inner(inner: #inner) -> Self {
                Self(inner)
            }
        }

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #impls #private::Column for #this #clause {
            type Builder = #private::NewtypeBuilder<#this>;
            type Reader = #private::NewtypeReader<#this>;
            type Handle<__DatusR> = #private::Col<__DatusR, #this>;
            type NullableHandle<__DatusR> = #private::Col<__DatusR, ::core::option::Option<#this>>;
            type Condition = #inner_column::Condition;
            type NullableCondition = #inner_column::NullableCondition;
            type Nulls = #inner_column::Nulls;

            const KIND: #private::ColumnKind = #inner_column::KIND;
            const NULLABLE: ::core::primitive::bool = #inner_column::NULLABLE;
            const INDEXES: &'static [#private::IndexKind] = #inner_column::INDEXES;

            fn data_type() -> #private::DataType {
                #inner_column::data_type()
            }
        }

        #element
    }
}
