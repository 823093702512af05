//! Expands the filter as data: `TableSchemaFilter`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use super::column::Column;
use super::columns::describe;
use super::scope::Scope;

/// Emits the struct and its implementations of serde's traits.
///
/// Expands to:
/// ```text
/// #[derive(Debug, Clone, PartialEq)]
/// pub struct TableSchemaFilter { pub identifier: Option<<String as Column>::Wanted>, … }
/// impl Serialize for TableSchemaFilter { … }
/// impl<'de> Deserialize<'de> for TableSchemaFilter { … }
/// ```
pub(super) fn expand(scope: &Scope<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Scope { ident, vis, private, generics } = scope;
    let name = scope.companion("Filter");
    let (impls, parameters, clause) = generics.split_for_impl();
    let fields = columns.iter().map(|column| {
        let (field, vis, doc) = (column.ident(), column.vis(), describe(column));
        let column = column.as_column(private);
        quote!(#(#[doc = #doc])* #vis #field: ::core::option::Option<#column::Wanted>)
    });
    let idents: Vec<_> = columns.iter().map(Column::ident).collect();
    let column_names: Vec<_> = columns.iter().map(Column::name).collect();
    let storages: Vec<_> = columns.iter().map(|column| column.filter_storage(private)).collect();
    let indices = columns.iter().map(|column| column.index);
    let summary = format!(
        "A filter on [`{ident}`] as data. A row must equal every value that is `Some`, and a list must contain every given item."
    );
    let de = with_lifetime(generics);
    let (de_impls, _, _) = de.split_for_impl();
    quote! {
        #[doc = #summary]
        ///
        /// The serde format is a map with column names as keys. An unknown column is an error, and a null adds no
        /// condition.
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
        #[allow(dead_code)]
        #vis struct #name #impls #clause {
            #(#fields,)*
        }

        #[automatically_derived]
        impl #impls ::core::default::Default for #name #parameters #clause {
            fn default() -> Self {
                Self { #(#idents: ::core::option::Option::None,)* }
            }
        }

        #[automatically_derived]
        impl #impls #private::FilterReader for #name #parameters #clause {
            const COLUMNS: &'static [&'static ::core::primitive::str] = &[#(#column_names),*];

            fn read<'de, __DatusM: #private::serde::de::MapAccess<'de>>(
                &mut self,
                index: ::core::primitive::usize,
                map: &mut __DatusM,
            ) -> ::core::result::Result<(), __DatusM::Error> {
                match index {
                    #(#indices => self.#idents = #private::read_wanted::<_, #storages, _>(map)?,)*
                    _ => {}
                }
                ::core::result::Result::Ok(())
            }
        }

        #[automatically_derived]
        impl #impls #private::serde::Serialize for #name #parameters #clause {
            fn serialize<__DatusS: #private::serde::Serializer>(
                &self,
                serializer: __DatusS,
            ) -> ::core::result::Result<__DatusS::Ok, __DatusS::Error> {
                let mut map = #private::FilterWriter::new(serializer)?;
                #(map.column::<_, #storages>(#column_names, &self.#idents)?;)*
                map.end()
            }
        }

        #[automatically_derived]
        impl #de_impls #private::serde::Deserialize<'de> for #name #parameters #clause {
            fn deserialize<__DatusD: #private::serde::Deserializer<'de>>(
                deserializer: __DatusD,
            ) -> ::core::result::Result<Self, __DatusD::Error> {
                #private::read_filter(deserializer)
            }
        }
    }
}

/// Emits the conversion of a record's filter to a typed filter.
///
/// Expands to:
/// ```text
/// impl IntoFilter<TableSchema> for TableSchemaFilter { fn into_filter(self) -> Filter<TableSchema> { … } }
/// ```
pub(super) fn of_record(scope: &Scope<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Scope { private, generics, .. } = scope;
    let (this, name) = (scope.this(), scope.companion("Filter"));
    let (impls, parameters, clause) = generics.split_for_impl();
    let adds = columns.iter().map(|column| {
        let (field, path, storage) = (column.ident(), column.path(private), column.filter_storage(private));
        quote! {
            #private::add_filter_value::<_, #storage>(&mut predicates, #path, self.#field);
        }
    });
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #impls #private::IntoFilter<#this> for #name #parameters #clause {
            fn into_filter(self) -> #private::Filter<#this> {
                let mut predicates = #private::Predicates::new();
                #(#adds)*
                #private::Filter::from_predicate(#private::Predicate::And(predicates))
            }
        }
    }
}

/// Emits the implementation that makes a nested struct's filter a value in another filter.
///
/// Expands to:
/// ```text
/// impl Wanted for LocationFilter { fn predicate(self, column: ColumnPath) -> Predicate { … } … }
/// ```
pub(super) fn of_structure(scope: &Scope<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Scope { private, generics, .. } = scope;
    let name = scope.companion("Filter");
    let (impls, parameters, clause) = generics.split_for_impl();
    let adds = columns.iter().map(|column| {
        let (field, name, storage) = (column.ident(), column.name(), column.filter_storage(private));
        quote! {
            #private::add_filter_value::<_, #storage>(&mut predicates, #private::ColumnPath::child(column, #name), self.#field);
        }
    });
    quote! {
        #[automatically_derived]
        impl #impls #private::Wanted for #name #parameters #clause {
            fn predicate(self, column: #private::ColumnPath) -> #private::Predicate {
                let mut predicates = #private::Predicates::new();
                #(#adds)*
                #private::Predicate::And(predicates)
            }

            fn write<__DatusS: #private::serde::Serializer>(
                &self,
                serializer: __DatusS,
            ) -> ::core::result::Result<__DatusS::Ok, __DatusS::Error> {
                #private::serde::Serialize::serialize(self, serializer)
            }

            fn read<'de, __DatusD: #private::serde::Deserializer<'de>>(
                deserializer: __DatusD,
            ) -> ::core::result::Result<Self, __DatusD::Error> {
                #private::serde::Deserialize::deserialize(deserializer)
            }
        }
    }
}

fn with_lifetime(generics: &syn::Generics) -> syn::Generics {
    let mut generics = generics.clone();
    generics.params.insert(0, parse_quote!('de));
    generics
}
