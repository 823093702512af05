//! Expands a nested struct as a column.

use proc_macro2::TokenStream;
use quote::quote;

use super::column::Column;
use super::columns::parameter_name;
use super::context::Context;
use super::element;

/// Expands to:
/// ```text
/// impl Column for Location { type Builder = StructBuilder<Location>; type Handle<R> = LocationColumns<R>; … }
/// impl FlatColumns for Location { type Flat<R> = LocationColumns<R, Flat>; … }
/// impl Element for Location { … }
/// impl<R> Selection<R> for LocationColumns<R> { type Output = Location; … }
/// ```
pub(super) fn expand(context: &Context<'_>, inside: &[Column<'_>]) -> TokenStream {
    let Context { private, generics, .. } = context;
    let (this, columns, filter) = (context.this(), context.companion("Columns"), context.companion("Filter"));
    let (impls, parameters, clause) = generics.split_for_impl();
    let user: Vec<_> = generics.params.iter().map(parameter_name).collect();
    let names = inside.iter().map(Column::name);
    let projections = [
        projection(context, &quote!(#private::NonNull), &this),
        projection(context, &quote!(#private::Null), &quote!(::core::option::Option<#this>)),
    ];
    let element = element::expand(private, &this, generics);
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #impls #private::Column for #this #clause {
            type Builder = #private::StructBuilder<#this>;
            type Reader = #private::StructReader<#this>;
            type Handle<__DatusR> = #columns<#(#user,)* __DatusR, #private::NonNull>;
            type NullableHandle<__DatusR> = #columns<#(#user,)* __DatusR, #private::Null>;
            type Condition = #filter #parameters;
            type NullableCondition = #private::StructCondition<#filter #parameters>;
            type Nulls = #private::NonNull;

            const KIND: #private::ColumnKind =
                #private::ColumnKind::Struct(<#filter #parameters as #private::StructFilter>::COLUMNS);

            fn data_type() -> #private::DataType {
                #private::StructBuilder::<#this>::data_type()
            }
        }

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #impls #private::FlatColumns for #this #clause {
            type Flat<__DatusR> = #columns<#(#user,)* __DatusR, #private::Flat>;

            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];
        }

        #element

        #(#projections)*
    }
}

/// Emits the implementation that selects the whole struct through its columns.
fn projection(context: &Context<'_>, nullness: &TokenStream, output: &TokenStream) -> TokenStream {
    let private = &context.private;
    let columns = context.companion("Columns");
    let user: Vec<_> = context.generics.params.iter().map(parameter_name).collect();
    let generics = context.with(syn::parse_quote!(__DatusR));
    let (impls, _, clause) = generics.split_for_impl();
    let reader = quote!(<#output as #private::Column>::Reader);
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #impls #private::Selection<__DatusR> for #columns<#(#user,)* __DatusR, #nullness> #clause {
            type Output = #output;
            type Reader = #reader;

            fn paths(self, paths: &mut #private::Vec<#private::ColumnPath>) {
                paths.push(self.__datus_path);
            }

            fn open<'a>(
                arrays: &mut dyn ::core::iter::Iterator<Item = &'a #private::ArrayRef>,
            ) -> #private::Result<Self::Reader> {
                <#reader as #private::ColumnReader<#output>>::open(#private::next_array(arrays)?)
            }

            fn get(reader: &Self::Reader, row: ::core::primitive::usize) -> #private::Result<#output> {
                <#reader as #private::ColumnReader<#output>>::get(reader, row)
            }
        }
    }
}
