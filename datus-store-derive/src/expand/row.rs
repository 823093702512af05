//! The codec: all columns of a struct to Arrow arrays and back.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

use super::column::Column;
use super::default;
use super::scope::Scope;
use crate::choice::IndexKind;
use crate::model::{FtsModel, SkippedField};
use crate::names;

/// The builders, the readers and the list of columns.
pub(super) fn expand(scope: &Scope<'_>, columns: &[Column<'_>], skipped: &[SkippedField]) -> TokenStream {
    let Scope { private, generics, .. } = scope;
    let (builder, reader, this) =
        (names::internal_type("Builder"), names::internal_type("Reader"), scope.this());
    let (impls, parameters, clause) = generics.split_for_impl();
    let fields = columns.iter().map(|column| definition(column, private));
    let (builders, readers) = (builders(scope, columns), readers(scope, columns, skipped));
    let (defaults, default_column) = (default::values(scope, columns), default::method(scope, columns));
    quote! {
        #[automatically_derived]
        impl #impls #private::Row for #this #clause {
            type Builder = #builder #parameters;
            type Reader = #reader #parameters;

            fn fields() -> #private::Vec<#private::FieldDef> {
                #private::vec![#(#fields),*]
            }

            #default_column
        }

        #builders
        #readers
        #defaults
    }
}

/// Expands to: `FieldDef { index: Some(…), …, ..field::<String, Native>("identifier", "…") }`.
fn definition(column: &Column<'_>, private: &Path) -> TokenStream {
    let (name, ty, storage) = (column.name(), &column.checked, &column.storage);
    let description = column.field.description.as_deref().unwrap_or_default();
    let record = column.of_record;
    let optional = record.is_some_and(|column| column.default.is_some());
    let index = option(record.and_then(|column| column.index.as_ref()).map(|index| {
        let kind = index_kind(index.kind);
        quote!(#private::IndexKind::#kind)
    }));
    let fts = option(record.and_then(|column| column.fts.as_ref()).map(|fts| {
        let options = fts_options(fts);
        quote!(#options)
    }));
    quote! {
        #private::FieldDef {
            optional: #optional,
            index: #index,
            fts: #fts,
            ..#private::field::<#ty, #storage>(#name, #description)
        }
    }
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn index_kind(kind: IndexKind) -> TokenStream {
    match kind {
        IndexKind::BTree => quote!(BTree),
        IndexKind::Bitmap => quote!(Bitmap),
        IndexKind::LabelList => quote!(LabelList),
        IndexKind::NGram => quote!(NGram),
        IndexKind::Fm => quote!(Fm),
        IndexKind::ZoneMap => quote!(ZoneMap),
        IndexKind::Bloom => quote!(Bloom),
    }
}

/// The options as the table keeps them: `language=English,tokenizer=simple,…`.
fn fts_options(fts: &FtsModel) -> String {
    let FtsModel {
        language,
        tokenizer,
        stem,
        remove_stop_words,
        ascii_folding,
        lower_case,
        with_position,
        max_token_length,
    } = fts;
    format!(
        "language={language},tokenizer={tokenizer},stem={stem},remove_stop_words={remove_stop_words},\
         ascii_folding={ascii_folding},lower_case={lower_case},with_position={with_position},\
         max_token_length={max_token_length}"
    )
}

/// Expands to:
/// ```text
/// pub struct Builder { c0: <String as Column>::Builder, … }
/// impl RowBuilder<TableSchema> for Builder { fn push(&mut self, row: &TableSchema) { self.c0.push(&row.identifier)?; … } … }
/// ```
fn builders(scope: &Scope<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Scope { private, generics, .. } = scope;
    let (builder, this, phantom) = (names::internal_type("Builder"), scope.this(), scope.phantom());
    let (impls, parameters, clause) = generics.split_for_impl();
    let slots: Vec<_> = columns.iter().map(Column::slot).collect();
    let idents: Vec<_> = columns.iter().map(Column::ident).collect();
    let names: Vec<_> = columns.iter().map(Column::name).collect();
    let traits: Vec<_> = columns.iter().map(|column| column.as_column(private)).collect();
    // A trait method by its path: the field's type may have a method of the same name.
    let of: Vec<_> = columns
        .iter()
        .map(|column| {
            let ty = column.ty();
            quote!(#private::ColumnBuilder::<#ty>)
        })
        .collect();
    quote! {
        #[doc(hidden)]
        pub struct #builder #impls #clause {
            #(#slots: #traits::Builder,)*
            __datus_type: #phantom,
        }

        #[automatically_derived]
        impl #impls ::core::default::Default for #builder #parameters #clause {
            fn default() -> Self {
                Self {
                    #(#slots: ::core::default::Default::default(),)*
                    __datus_type: ::core::marker::PhantomData,
                }
            }
        }

        #[automatically_derived]
        impl #impls #private::RowBuilder<#this> for #builder #parameters #clause {
            fn measure(&mut self, row: &#this) {
                #(#of::measure(&mut self.#slots, &row.#idents);)*
            }

            fn measure_null(&mut self) {
                #(#of::measure_null(&mut self.#slots);)*
            }

            fn allocate(&mut self) {
                #(#of::allocate(&mut self.#slots);)*
            }

            fn push(&mut self, row: &#this) -> #private::Result<()> {
                #(#private::in_column(#of::push(&mut self.#slots, &row.#idents), #names)?;)*
                ::core::result::Result::Ok(())
            }

            fn push_null(&mut self) {
                #(#of::push_null(&mut self.#slots);)*
            }

            fn finish(self) -> #private::Result<#private::Vec<#private::ArrayRef>> {
                ::core::result::Result::Ok(#private::vec![
                    #(#private::in_column(#of::finish(self.#slots), #names)?),*
                ])
            }
        }
    }
}

/// Expands to:
/// ```text
/// pub struct Reader { c0: <String as Column>::Reader, … }
/// impl RowReader<TableSchema> for Reader { fn get(&self, row: usize) -> Result<TableSchema> { … } … }
/// ```
fn readers(scope: &Scope<'_>, columns: &[Column<'_>], skipped: &[SkippedField]) -> TokenStream {
    let Scope { private, generics, ident, .. } = scope;
    let (reader, this, phantom) = (names::internal_type("Reader"), scope.this(), scope.phantom());
    let (impls, parameters, clause) = generics.split_for_impl();
    let declared = columns.iter().map(|column| {
        let (slot, trait_of) = (column.slot(), column.as_column(private));
        match default::of(column) {
            Some(_) => quote!(#slot: ::core::option::Option<#trait_of::Reader>),
            None => quote!(#slot: #trait_of::Reader),
        }
    });
    let opened = columns.iter().map(|column| {
        let (slot, ty, name, index) = (column.slot(), column.ty(), column.name(), column.index);
        match default::of(column) {
            Some(_) => quote! {
                #slot: #private::in_column(#private::optional::<#ty, _>(columns, #index), #name)?
            },
            None => quote! {
                #slot: #private::in_column(#private::required::<#ty, _>(columns, #index), #name)?
            },
        }
    });
    let read = columns.iter().map(|column| {
        let (slot, field, ty, name) = (column.slot(), column.ident(), column.ty(), column.name());
        let get = quote!(#private::ColumnReader::<#ty>::get);
        match default::of(column) {
            Some(_) => {
                let default = default::function(column);
                quote! {
                    #field: match &self.#slot {
                        ::core::option::Option::Some(reader) => #private::in_column(#get(reader, row), #name)?,
                        ::core::option::Option::None => Self::#default(),
                    }
                }
            }
            None => quote!(#field: #private::in_column(#get(&self.#slot, row), #name)?),
        }
    });
    let filled = skipped.iter().map(|field| {
        let (name, value) = (&field.ident, default::value(&field.default, &field.ty, private));
        quote!(#name: #value)
    });
    quote! {
        #[doc(hidden)]
        pub struct #reader #impls #clause {
            #(#declared,)*
            __datus_type: #phantom,
        }

        #[automatically_derived]
        impl #impls #private::RowReader<#this> for #reader #parameters #clause {
            fn open(
                columns: &[::core::option::Option<#private::ArrayRef>],
            ) -> #private::Result<Self> {
                ::core::result::Result::Ok(Self {
                    #(#opened,)*
                    __datus_type: ::core::marker::PhantomData,
                })
            }

            fn get(&self, row: ::core::primitive::usize) -> #private::Result<#this> {
                ::core::result::Result::Ok(#ident { #(#read,)* #(#filled,)* })
            }
        }
    }
}
