//! Expands the codec, which converts the columns of a struct to Arrow arrays and back.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

use super::column::Column;
use super::context::Context;
use super::default;
use super::fts;
use crate::choice::Choice;
use crate::model::{FlattenModel, SkippedField, StampModel};
use crate::names;

/// Emits the builders, the readers and the list of columns.
pub(super) fn expand(context: &Context<'_>, columns: &[Column<'_>], skipped: &[SkippedField]) -> TokenStream {
    let Context { private, generics, .. } = context;
    let (builder, reader, this) =
        (names::internal_type("Builder"), names::internal_type("Reader"), context.this());
    let (impls, parameters, clause) = generics.split_for_impl();
    let fields = fields(columns, private);
    let (builders, readers) = (builders(context, columns), readers(context, columns, skipped));
    let (defaults, default_column) = (default::values(context, columns), default::method(context, columns));
    quote! {
        #[automatically_derived]
        impl #impls #private::Row for #this #clause {
            type Builder = #builder #parameters;
            type Reader = #reader #parameters;

            fn fields() -> #private::Vec<#private::FieldDef> {
                #fields
            }

            #default_column
        }

        #builders
        #readers
        #defaults
    }
}

/// Expands to: `vec![FieldDef { … }, …]`, or with a flattened field
/// `[vec![FieldDef { … }], flattened_fields::<Address>("address_"), …].concat()`.
fn fields(columns: &[Column<'_>], private: &Path) -> TokenStream {
    if columns.iter().all(|column| column.flatten().is_none()) {
        let fields = columns.iter().map(|column| definition(column, private));
        return quote!(#private::vec![#(#fields),*]);
    }
    let fields = columns.iter().map(|column| match column.flatten() {
        Some(FlattenModel { prefix, .. }) => {
            let ty = &column.checked;
            quote!(#private::flattened_fields::<#ty>(#prefix))
        }
        None => {
            let field = definition(column, private);
            quote!(#private::vec![#field])
        }
    });
    quote!([#(#fields),*].concat())
}

/// Expands to: `FieldDef { index: Some(…), …, ..field::<String, Native>("identifier", "…") }`.
fn definition(column: &Column<'_>, private: &Path) -> TokenStream {
    let (name, ty, storage) = (column.name(), &column.checked, &column.storage);
    let description = column.field.description.as_deref().unwrap_or_default();
    let record = column.of_record;
    let renamed_from = record.map(|column| column.renamed_from.as_slice()).unwrap_or_default();
    let private_text = record.is_some_and(|column| column.private.is_some());
    let optional = record.is_some_and(|column| column.default.is_some());
    let index = option(record.and_then(|column| column.index.as_ref()).map(|index| {
        let kind = index.kind.variant();
        quote!(#private::IndexKind::#kind)
    }));
    let fts = option(record.and_then(|column| column.fts.as_ref()).map(|fts| {
        let options = fts::options(fts);
        quote!(#options)
    }));
    let stamp = option(record.and_then(|column| column.stamp).map(|stamp| match stamp {
        StampModel::Created => quote!(#private::AutoTimestamp::Created),
        StampModel::Updated => quote!(#private::AutoTimestamp::Updated),
    }));
    quote! {
        #private::FieldDef {
            optional: #optional,
            index: #index,
            fts: #fts,
            auto_timestamp: #stamp,
            renamed_from: &[#(#renamed_from),*],
            private: #private_text,
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

/// Expands to:
/// ```text
/// pub struct Builder { c0: <String as Column>::Builder, … }
/// impl RowBuilder<TableSchema> for Builder {
///     fn push_each(&mut self, rows: …) { for row in rows { self.c0.push_field(row, |row| &row.identifier)?; … } }
///     …
/// }
/// ```
fn builders(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    let Context { private, generics, .. } = context;
    let (builder, this, phantom) = (names::internal_type("Builder"), context.this(), context.phantom());
    let (impls, parameters, clause) = generics.split_for_impl();
    let slots: Vec<_> = columns.iter().map(Column::slot).collect();
    let idents: Vec<_> = columns.iter().map(Column::ident).collect();
    let types: Vec<_> = columns
        .iter()
        .map(|column| {
            let (ty, of) = (&column.checked, column.as_column(private));
            match column.flatten() {
                Some(_) => quote!(<#ty as #private::Row>::Builder),
                None => quote!(#of::Builder),
            }
        })
        .collect();
    // Trait methods are called by their path, because the type of the field may have a method with the same name.
    let of: Vec<_> = columns
        .iter()
        .map(|column| {
            let ty = column.ty();
            match column.flatten() {
                Some(_) => quote!(#private::RowBuilder::<#ty>),
                None => quote!(#private::ColumnBuilder::<#ty>),
            }
        })
        .collect();
    let pushes = columns.iter().zip(&of).zip(&slots).map(|((column, of), slot)| {
        let field = column.ident();
        let push = match column.flatten() {
            Some(_) => quote! {
                #of::push_each(&mut self.#slot, ::core::iter::once(&row.#field))
            },
            None => quote!(#of::push_field(&mut self.#slot, row, |row| &row.#field)),
        };
        in_column(column, &push, private)
    });
    let arrays = columns.iter().zip(&of).zip(&slots).map(|((column, of), slot)| {
        (column.flatten().is_some(), in_column(column, &quote!(#of::finish(self.#slot)), private))
    });
    let arrays = collect_arrays(arrays.collect(), private);
    quote! {
        #[doc(hidden)]
        pub struct #builder #impls #clause {
            #(#slots: #types,)*
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
            #[inline]
            fn measure(&mut self, row: &#this) {
                #(#of::measure(&mut self.#slots, &row.#idents);)*
            }

            fn measure_null(&mut self) {
                #(#of::measure_null(&mut self.#slots);)*
            }

            fn allocate(&mut self) {
                #(#of::allocate(&mut self.#slots);)*
            }

            #[inline]
            fn push_each<'datus>(
                &mut self,
                rows: impl ::core::iter::Iterator<Item = &'datus #this>,
            ) -> #private::Result<()>
            where
                #this: 'datus,
            {
                for row in rows {
                    #(#pushes?;)*
                }
                ::core::result::Result::Ok(())
            }

            fn push_null(&mut self) {
                #(#of::push_null(&mut self.#slots);)*
            }

            fn finish(self) -> #private::Result<#private::Vec<#private::ArrayRef>> {
                ::core::result::Result::Ok(#arrays)
            }
        }
    }
}

/// Adds the name of the column to an expression's error.
///
/// Expands to: `in_column(…, "city")`, or with a flattened field `in_flattened(…, "address_")`.
fn in_column(column: &Column<'_>, result: &TokenStream, private: &Path) -> TokenStream {
    match column.flatten() {
        Some(FlattenModel { prefix, .. }) => quote!(#private::in_flattened(#result, #prefix)),
        None => {
            let name = column.name();
            quote!(#private::in_column(#result, #name))
        }
    }
}

/// Collects the arrays of all columns. An expression marked `true` returns several arrays.
///
/// Expands to: `vec![…?, …?]`, or with a flattened field `[vec![…?], …?].concat()`.
fn collect_arrays(arrays: Vec<(bool, TokenStream)>, private: &Path) -> TokenStream {
    if arrays.iter().all(|(is_flattened, _)| !is_flattened) {
        let arrays = arrays.iter().map(|(_, array)| array);
        return quote!(#private::vec![#(#arrays?),*]);
    }
    let arrays = arrays.iter().map(|(is_flattened, array)| match is_flattened {
        true => quote!(#array?),
        false => quote!(#private::vec![#array?]),
    });
    quote!([#(#arrays),*].concat())
}

/// Expands to:
/// ```text
/// pub struct Reader { c0: <String as Column>::Reader, … }
/// impl RowReader<TableSchema> for Reader { fn get(&self, row: usize) -> Result<TableSchema> { … } … }
/// ```
fn readers(context: &Context<'_>, columns: &[Column<'_>], skipped: &[SkippedField]) -> TokenStream {
    let Context { private, generics, ident, .. } = context;
    let (reader, this, phantom) = (names::internal_type("Reader"), context.this(), context.phantom());
    let (impls, parameters, clause) = generics.split_for_impl();
    let declared = columns.iter().map(|column| {
        let (slot, ty, trait_of) = (column.slot(), &column.checked, column.as_column(private));
        match default::of(column) {
            _ if column.flatten().is_some() => quote!(#slot: <#ty as #private::Row>::Reader),
            Some(_) => quote!(#slot: ::core::option::Option<#trait_of::Reader>),
            None => quote!(#slot: #trait_of::Reader),
        }
    });
    let opened = columns.iter().map(|column| {
        let (slot, ty, name, index) = (column.slot(), column.ty(), column.name(), &column.position);
        if let Some(FlattenModel { prefix, .. }) = column.flatten() {
            let ty = &column.checked;
            return quote!(#slot: #private::flattened_reader::<#ty>(columns, #index, #prefix)?);
        }
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
        if let Some(FlattenModel { prefix, .. }) = column.flatten() {
            let get = quote!(#private::RowReader::<#ty>::get(&self.#slot, row));
            return quote!(#field: #private::in_flattened(#get, #prefix)?);
        }
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

            #[inline]
            fn get(&self, row: ::core::primitive::usize) -> #private::Result<#this> {
                ::core::result::Result::Ok(#ident { #(#read,)* #(#filled,)* })
            }
        }
    }
}
