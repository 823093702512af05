//! Expands the generated filter type, such as `TableSchemaFilter`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{GenericParam, parse_quote};

use super::column::Column;
use super::columns::describe;
use super::context::{Context, mentions};
use crate::model::FlattenModel;
use crate::names;

/// Emits the filter of a record.
///
/// Expands to:
/// ```text
/// pub struct TableSchemaFilter {
///     pub identifier: Option<<String as Column>::Condition>,
///     …,
///     pub any: Vec<TableSchemaFilter>,
///     pub all: Vec<TableSchemaFilter>,
///     pub not: Option<Box<TableSchemaFilter>>,
/// }
/// impl RecordFilter for TableSchemaFilter { const COLUMNS: &[FilterColumn] = &[…]; … }
/// impl Serialize for TableSchemaFilter { … }
/// impl<'de> Deserialize<'de> for TableSchemaFilter { … }
/// ```
pub(super) fn of_record(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Context { ident, vis, private, generics } = context;
    let name = context.companion("Filter");
    let (impls, parameters, clause) = generics.split_for_impl();
    let columns = in_filter(columns);
    let Fields { fields, idents, table, marker } = Fields::of(context, &columns);
    let combinators = combinators(&columns);
    let [any, all, not] = &combinators;
    let combinator_names = combinators.each_ref().map(Ident::to_string);
    let (any_name, all_name, not_name) = (&combinator_names[0], &combinator_names[1], &combinator_names[2]);
    let summary = format!("A filter on [`{ident}`] as data. A row must meet every condition that is given.");
    let format = format!(
        "In serde formats it is a map with columns as keys. `{any_name}`, `{all_name}` and `{not_name}` combine filters."
    );
    let this = quote!(#name #parameters);
    let Marker { field: marker_field, value: marker } = marker;
    let common =
        common(context, &name, Kind::Record, &[idents.as_slice(), &[any, all, not]].concat(), &marker);
    quote! {
        #[doc = #summary]
        ///
        #[doc = #format]
        #[allow(dead_code)]
        #vis struct #name #impls #clause {
            #(#fields,)*
            /// At least one of these filters must match the row. Empty by default, which adds no condition.
            #vis #any: #private::Vec<#this>,
            /// All of these filters must match the row.
            #vis #all: #private::Vec<#this>,
            /// A filter that must be false for the row.
            #vis #not: ::core::option::Option<#private::Box<#this>>,
            #marker_field
        }

        #[automatically_derived]
        impl #impls #private::RecordFilter for #this #clause {
            const COLUMNS: &'static [#private::FilterColumn] = &[#(#table),*];
            const COMBINATORS: [&'static ::core::primitive::str; 3] = [#any_name, #all_name, #not_name];

            fn into_parts(self) -> #private::Parts {
                #private::Parts {
                    columns: #private::vec![#(#private::into_part(self.#idents)),*],
                    any: #private::into_all_parts(self.#any),
                    all: #private::into_all_parts(self.#all),
                    not: #private::into_boxed_parts(self.#not),
                }
            }

            #[allow(unused_mut, unused_variables)]
            fn from_parts(parts: #private::Parts) -> Self {
                let mut columns = ::core::iter::IntoIterator::into_iter(parts.columns);
                Self {
                    #(#idents: #private::next_part(&mut columns),)*
                    #any: #private::from_all_parts(parts.any),
                    #all: #private::from_all_parts(parts.all),
                    #not: #private::from_boxed_parts(parts.not),
                    #marker
                }
            }
        }

        #common
    }
}

/// Emits the conversion of a record's filter to a typed filter.
///
/// Expands to:
/// ```text
/// impl IntoFilter<TableSchema> for TableSchemaFilter { fn into_filter(self) -> Filter<TableSchema> { … } }
/// ```
pub(super) fn into_filter(context: &Context<'_>) -> TokenStream {
    let Context { private, generics, .. } = context;
    let (this, name) = (context.this(), context.companion("Filter"));
    let (impls, parameters, clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #impls #private::IntoFilter<#this> for #name #parameters #clause {
            fn into_filter(self) -> #private::Filter<#this> {
                #private::filter_of(self)
            }
        }
    }
}

/// Emits the filter of a nested struct, which is a value in another filter.
///
/// Expands to:
/// ```text
/// pub struct LocationFilter { pub city: Option<<String as Column>::Condition>, … }
/// impl StructFilter for LocationFilter { const COLUMNS: &[FilterColumn] = &[…]; … }
/// ```
pub(super) fn of_structure(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Context { ident, vis, private, generics } = context;
    let name = context.companion("Filter");
    let (impls, parameters, clause) = generics.split_for_impl();
    let columns = in_filter(columns);
    let Fields { fields, idents, table, marker } = Fields::of(context, &columns);
    let summary = format!(
        "A filter on the columns of a [`{ident}`] as data. The columns must meet every condition that is given."
    );
    let Marker { field: marker_field, value: marker } = marker;
    let common = common(context, &name, Kind::Struct, &idents, &marker);
    quote! {
        #[doc = #summary]
        ///
        /// In serde formats it is a map with columns as keys.
        #[allow(dead_code)]
        #vis struct #name #impls #clause {
            #(#fields,)*
            #marker_field
        }

        #[automatically_derived]
        impl #impls #private::StructFilter for #name #parameters #clause {
            const COLUMNS: &'static [#private::FilterColumn] = &[#(#table),*];

            fn into_columns(self) -> #private::Vec<::core::option::Option<#private::Part>> {
                #private::vec![#(#private::into_part(self.#idents)),*]
            }

            #[allow(unused_mut, unused_variables)]
            fn from_columns(columns: #private::Vec<::core::option::Option<#private::Part>>) -> Self {
                let mut columns = ::core::iter::IntoIterator::into_iter(columns);
                Self {
                    #(#idents: #private::next_part(&mut columns),)*
                    #marker
                }
            }
        }

        #common
    }
}

/// The two kinds of filter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Record,
    Struct,
}

/// The parts of a filter, for each of its columns.
struct Fields<'a> {
    /// The declarations of the fields.
    fields: Vec<TokenStream>,
    idents: Vec<&'a Ident>,
    /// The descriptions of the columns.
    table: Vec<TokenStream>,
    marker: Marker,
}

/// A field that uses the generic parameters, if no column in the filter does.
#[derive(Default)]
struct Marker {
    field: TokenStream,
    value: TokenStream,
}

impl<'a> Fields<'a> {
    fn of(context: &Context<'_>, columns: &[&'a Column<'a>]) -> Self {
        let private = &context.private;
        let fields = columns.iter().map(|column| {
            let (field, vis, doc) = (column.ident(), column.vis(), describe(column));
            let column = column.as_column(private);
            quote!(#(#[doc = #doc])* #vis #field: ::core::option::Option<#column::Condition>)
        });
        let table = columns.iter().map(|column| {
            let name = match column.flatten() {
                Some(_) => column.ident().unraw().to_string(),
                None => column.name().to_owned(),
            };
            let description = column.field.description.as_deref().unwrap_or_default();
            let prefix = match column.flatten() {
                Some(FlattenModel { prefix, .. }) => quote!(::core::option::Option::Some(#prefix)),
                None => quote!(::core::option::Option::None),
            };
            let column = column.as_column(private);
            quote!(#private::filter_column::<#column::Condition>(#name, #description, #prefix))
        });
        Self {
            fields: fields.collect(),
            table: table.collect(),
            idents: columns.iter().map(|column| column.ident()).collect(),
            marker: Marker::of(context, columns),
        }
    }
}

impl Marker {
    fn of(context: &Context<'_>, columns: &[&Column<'_>]) -> Self {
        let is_used = |parameter: &GenericParam| {
            let mut only = context.generics.clone();
            only.params = [parameter.clone()].into_iter().collect();
            columns.iter().any(|column| mentions(column.ty().to_token_stream(), &only))
        };
        let mut parameters =
            context.generics.params.iter().filter(|parameter| matches!(parameter, GenericParam::Type(_)));
        if parameters.all(is_used) {
            return Self::default();
        }
        let (vis, marker, phantom) = (context.vis, names::internal("marker"), context.phantom());
        Self {
            field: quote!(#[doc(hidden)] #vis #marker: #phantom,),
            value: quote!(#marker: ::core::marker::PhantomData,),
        }
    }
}

/// Returns the columns that are part of the filter.
fn in_filter<'a>(columns: &'a [Column<'a>]) -> Vec<&'a Column<'a>> {
    columns.iter().filter(|column| column.field.in_filter).collect()
}

/// Returns the names of the fields that combine filters. Underscores are appended to a name that a column already has.
fn combinators(columns: &[&Column<'_>]) -> [Ident; 3] {
    let is_taken =
        |name: &str| columns.iter().any(|column| column.name() == name || column.ident().unraw() == name);
    ["any", "all", "not"].map(|name| {
        let mut name = name.to_owned();
        while is_taken(&name) {
            name.push('_');
        }
        Ident::new(&name, Span::call_site())
    })
}

/// Emits the implementations that both kinds of filter have.
///
/// Expands to:
/// ```text
/// impl Clone for TableSchemaFilter { … }
/// impl Default for TableSchemaFilter { … }
/// impl PartialEq for TableSchemaFilter { … }
/// impl Debug for TableSchemaFilter { … }
/// impl Serialize for TableSchemaFilter { … }
/// impl<'de> Deserialize<'de> for TableSchemaFilter { … }
/// json_schema! { … }
/// ```
fn common(
    context: &Context<'_>,
    name: &Ident,
    kind: Kind,
    fields: &[&Ident],
    marker: &TokenStream,
) -> TokenStream {
    let Context { private, generics, .. } = context;
    let (impls, parameters, clause) = generics.split_for_impl();
    let (de, text) = (with_lifetime(generics), name.to_string());
    let (de_impls, _, _) = de.split_for_impl();
    let (empty, equals, debug, write, read) = match kind {
        Kind::Record => (
            quote!(#private::RecordFilter::from_parts(::core::default::Default::default())),
            quote!(#private::equal_filters),
            quote!(#private::debug_filter),
            quote!(#private::write_filter),
            quote!(#private::read_filter),
        ),
        Kind::Struct => (
            quote!(#private::StructFilter::from_columns(::core::default::Default::default())),
            quote!(#private::equal_struct_filters),
            quote!(#private::debug_struct_filter),
            quote!(#private::write_struct_filter),
            quote!(#private::read_struct_filter),
        ),
    };
    let schema = match kind {
        Kind::Record => {
            quote!(#private::record_json_schema! { [#impls] [#name #parameters] [#clause] #text })
        }
        Kind::Struct => {
            quote!(#private::struct_json_schema! { [#impls] [#name #parameters] [#clause] #text })
        }
    };
    quote! {
        #[automatically_derived]
        impl #impls ::core::clone::Clone for #name #parameters #clause {
            fn clone(&self) -> Self {
                Self { #(#fields: ::core::clone::Clone::clone(&self.#fields),)* #marker }
            }
        }

        #[automatically_derived]
        impl #impls ::core::default::Default for #name #parameters #clause {
            fn default() -> Self {
                #empty
            }
        }

        #[automatically_derived]
        impl #impls ::core::cmp::PartialEq for #name #parameters #clause {
            fn eq(&self, other: &Self) -> ::core::primitive::bool {
                #equals(self, other)
            }
        }

        #[automatically_derived]
        impl #impls ::core::fmt::Debug for #name #parameters #clause {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #debug(self, #text, f)
            }
        }

        #[automatically_derived]
        impl #impls #private::serde::Serialize for #name #parameters #clause {
            fn serialize<__DatusS: #private::serde::Serializer>(
                &self,
                serializer: __DatusS,
            ) -> ::core::result::Result<__DatusS::Ok, __DatusS::Error> {
                #write(self, serializer)
            }
        }

        #[automatically_derived]
        impl #de_impls #private::serde::Deserialize<'de> for #name #parameters #clause {
            fn deserialize<__DatusD: #private::serde::Deserializer<'de>>(
                deserializer: __DatusD,
            ) -> ::core::result::Result<Self, __DatusD::Error> {
                #read(deserializer)
            }
        }

        #schema
    }
}

fn with_lifetime(generics: &syn::Generics) -> syn::Generics {
    let mut generics = generics.clone();
    generics.params.insert(0, parse_quote!('de));
    generics
}
