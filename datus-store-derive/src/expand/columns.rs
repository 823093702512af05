//! Expands the typed columns: `TableSchemaColumns`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::parse_quote;

use super::column::Column;
use super::context::Context;
use super::handle;
use crate::names;

/// Emits the columns of a record.
///
/// Expands to:
/// ```text
/// pub struct TableSchemaColumns { pub identifier: <String as Column>::Handle<TableSchema>, … }
/// impl Copy for TableSchemaColumns {}
/// ```
pub(super) fn record(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Context { ident, vis, private, generics } = context;
    let (this, name) = (context.this(), context.companion("Columns"));
    let (impls, _, clause) = generics.split_for_impl();
    let fields = columns.iter().map(|column| {
        let (field, vis, doc) = (column.ident(), column.vis(), describe(column));
        let handle = match column.flatten() {
            Some(_) => {
                let ty = &column.checked;
                quote!(<#ty as #private::FlatColumns>::Flat)
            }
            None => {
                let column = column.as_column(private);
                quote!(#column::Handle)
            }
        };
        quote!(#(#[doc = #doc])* #vis #field: #handle<#this>)
    });
    let (clone, debug) = (handle::clone_impls(&name, generics), handle::debug_impl(&name, generics));
    let summary = format!("The typed columns of [`{ident}`], to filter, select and order by.");
    quote! {
        #[doc = #summary]
        #[allow(dead_code)]
        #[must_use]
        #vis struct #name #impls #clause {
            #(#fields,)*
        }

        #clone
        #debug
    }
}

/// Emits the columns of a nested struct, generic over the record and over the nullability of the struct.
///
/// Expands to:
/// ```text
/// pub struct LocationColumns<R, N: Nullness = NonNull> { path: ColumnPath, pub city: N::Handle<R, String, Native> }
/// impl<R> LocationColumns<R, Null> { pub fn is_null(self) -> Filter<R> { … } }
/// ```
pub(super) fn structure(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Context { ident, vis, private, generics } = context;
    let name = context.companion("Columns");
    let (record, nullness) = (names::internal_type("R"), names::internal_type("N"));
    let path = names::internal("path");
    let mut with_both = generics.clone();
    with_both.params.push(parse_quote!(#record));
    let mut declared = with_both.clone();
    declared.where_clause = None;
    declared.params.push(parse_quote!(#nullness: #private::Nullness = #private::NonNull));
    with_both.params.push(parse_quote!(#nullness: #private::Nullness));
    let declared = &declared;
    let (impls, parameters, clause) = with_both.split_for_impl();
    let null = context.with(parse_quote!(#record));
    let (null_impls, _, _) = null.split_for_impl();
    let user = generics.params.iter().map(parameter_name);
    let null_parameters = quote!(<#(#user,)* #record, #private::Null>);
    let fields = columns.iter().map(|column| {
        let (field, ty, storage) = (column.ident(), &column.checked, &column.storage);
        let (vis, doc) = (column.vis(), describe(column));
        quote!(#(#[doc = #doc])* #vis #field: <#nullness as #private::Nullness>::Handle<#record, #ty, #storage>)
    });
    let handles = columns.iter().map(|column| {
        let (field, name) = (column.ident(), column.name());
        quote!(#field: #private::Handle::at(#private::ColumnPath::child(#path, #name)))
    });
    let clone = handle::clone_impls(&name, &with_both);
    let summary = format!("The typed columns inside a [`{ident}`], to filter, select and order by.");
    quote! {
        #[doc = #summary]
        #[allow(dead_code)]
        #[must_use]
        #vis struct #name #declared #clause {
            #path: #private::ColumnPath,
            #(#fields,)*
        }

        #[automatically_derived]
        impl #impls #private::Handle for #name #parameters #clause {
            fn at(#path: #private::ColumnPath) -> Self {
                Self { #path, #(#handles,)* }
            }
        }

        #clone

        #[automatically_derived]
        impl #impls ::core::fmt::Debug for #name #parameters #clause {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::write!(f, "{}({})", ::core::stringify!(#name), self.#path)
            }
        }

        // These methods hide `Iterator::eq`, which the compiler would otherwise suggest.
        #[allow(dead_code)]
        impl #impls #name #parameters #clause {
            #[doc(hidden)]
            #vis fn eq<__DatusV>(self, _: __DatusV) -> #private::Filter<#record>
            where
                Self: #private::Comparable,
            {
                #private::Filter::none()
            }

            #[doc(hidden)]
            #vis fn ne<__DatusV>(self, _: __DatusV) -> #private::Filter<#record>
            where
                Self: #private::Comparable,
            {
                #private::Filter::none()
            }
        }

        #[allow(dead_code)]
        impl #null_impls #name #null_parameters #clause {
            /// Keeps the rows in which the struct is null.
            #vis fn is_null(self) -> #private::Filter<#record> {
                #private::Filter::from_predicate(#private::Predicate::IsNull { column: self.#path })
            }

            /// Keeps the rows in which the struct is not null.
            #vis fn is_not_null(self) -> #private::Filter<#record> {
                self.is_null().not()
            }
        }
    }
}

/// Returns the doc lines of a column's handle: the doc comment of the field, or the name of the column.
pub(super) fn describe(column: &Column<'_>) -> Vec<String> {
    let name = format!("The column `{}`.", column.name());
    match (&column.field.description, column.flatten()) {
        (Some(description), _) => description.lines().map(|line| format!(" {line}")).collect(),
        (None, Some(_)) => vec![format!("The columns of the field `{}`.", column.ident().unraw())],
        (None, None) => vec![name],
    }
}

/// Returns the name of a generic parameter, to use as an argument.
pub(super) fn parameter_name(parameter: &syn::GenericParam) -> TokenStream {
    match parameter {
        syn::GenericParam::Type(parameter) => {
            let name = &parameter.ident;
            quote!(#name)
        }
        syn::GenericParam::Const(parameter) => {
            let name = &parameter.ident;
            quote!(#name)
        }
        syn::GenericParam::Lifetime(parameter) => {
            let name = &parameter.lifetime;
            quote!(#name)
        }
    }
}
