//! Expands the query methods for the columns: `TableSchemaQuery`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use super::column::Column;
use super::context::Context;
use crate::names;

/// Expands to:
/// ```text
/// pub struct TableSchemaQuery<S>(S);
/// impl<B: Builder> TableSchemaQuery<QueryState<B>> { pub fn identifier(&self, value: …) -> B { … } … }
/// impl<S: Send + Sync> QueryMethods<S> for TableSchemaQuery<S> { … }
/// ```
pub(super) fn expand(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Context { ident, vis, private, generics } = context;
    let (name, phantom) = (context.companion("Query"), context.phantom());
    let (state, builder) = (names::internal_type("S"), names::internal_type("B"));
    let with_state = context.with(parse_quote!(#state));
    let (impls, parameters, clause) = with_state.split_for_impl();
    let shared = context.with(parse_quote!(#state: ::core::marker::Send + ::core::marker::Sync));
    let (shared_impls, _, _) = shared.split_for_impl();
    let built = context.with(parse_quote!(#builder: #private::Builder));
    let (built_impls, _, _) = built.split_for_impl();
    let user = generics.params.iter().map(super::columns::parameter_name);
    let methods = columns.iter().filter_map(|column| column_methods(column, vis, context));
    let summary = format!("The methods for the columns of [`{ident}`], which each query on its table has.");
    quote! {
        #[doc = #summary]
        #vis struct #name #impls(#state, #phantom) #clause;

        #[allow(dead_code)]
        impl #built_impls #name<#(#user,)* #private::QueryState<#builder>> #clause {
            #(#methods)*
        }

        #[automatically_derived]
        impl #shared_impls #private::QueryMethods<#state> for #name #parameters #clause {
            fn new(state: #state) -> Self {
                Self(state, ::core::marker::PhantomData)
            }

            fn state(&self) -> &#state {
                &self.0
            }

            fn into_state(self) -> #state {
                self.0
            }
        }

        #[automatically_derived]
        impl #impls ::core::fmt::Debug for #name #parameters #clause {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(::core::stringify!(#name))
            }
        }
    }
}

/// Emits the equality method of a column and its `maybe_` method.
///
/// Expands to: `pub fn identifier<V: Operand<String>>(&self, value: V) -> B { … }` and `maybe_identifier`.
fn column_methods(
    column: &Column<'_>,
    owner: &syn::Visibility,
    context: &Context<'_>,
) -> Option<TokenStream> {
    let private = &context.private;
    let model = column.of_record.filter(|model| model.flatten.is_none())?;
    let (ty, storage, name) = (column.ty(), &column.storage, column.name());
    let (equals, maybe) = (&model.eq_method, &model.maybe_method);
    // The method of a private field has the visibility of the field. That of a public field has the visibility of the
    // record.
    let vis = match column.vis() {
        syn::Visibility::Public(_) => owner,
        other => other,
    };
    let docs = format!(
        "Keeps the rows whose `{name}` equals the value. `None::<T>` keeps the rows in which it is null."
    );
    let maybe_docs = format!("Keeps the rows whose `{name}` equals the value. `None` adds no filter.");
    let (value, builder) = (names::internal_type("V"), names::internal_type("B"));
    Some(quote! {
        #[doc = #docs]
        #vis fn #equals<#value: #private::Operand<#ty, #storage>>(&self, value: #value) -> #builder {
            #private::keep_equal::<_, #ty, #storage, _>(&self.0, &[#name], value)
        }

        #[doc = #maybe_docs]
        #vis fn #maybe<#value: #private::Operand<#ty, #storage>>(
            &self,
            value: ::core::option::Option<#value>,
        ) -> #builder {
            #private::keep_equal_if_some::<_, #ty, #storage, _>(&self.0, &[#name], value)
        }
    })
}
