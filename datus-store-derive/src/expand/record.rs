//! The record itself: its names, its description, its texts.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

use super::check;
use super::column::Column;
use super::scope::Scope;
use super::vectors::slots;
use crate::choice::Metric;
use crate::model::{ModelChoice, RecordModel};
use crate::names;

/// Expands to:
/// ```text
/// impl EmbeddingRecord for TableSchema { type Columns = TableSchemaColumns; const TABLE: &'static str = "…"; … }
/// ```
pub(super) fn expand(scope: &Scope<'_>, model: &RecordModel, columns: &[Column<'_>]) -> TokenStream {
    let Scope { private, generics, .. } = scope;
    let (this, table) = (scope.this(), &model.table);
    let (impls, parameters, clause) = generics.split_for_impl();
    let [handles, filter, query] = ["Columns", "Filter", "Query"].map(|suffix| scope.companion(suffix));
    let builder = names::internal_type("Q");
    let user = generics.params.iter().map(super::columns::parameter_name);
    let models = slots(model).into_iter().map(|slot| match slot {
        ModelChoice::Dynamic => quote!(#private::Dynamic),
        ModelChoice::Fixed(path) => quote!(#path),
    });
    let fields = columns.iter().map(|column| {
        let (field, name) = (column.ident(), column.name());
        quote!(#field: #private::Handle::at(#private::ColumnPath::new(&[#name])))
    });
    let texts = model.embeds.iter().enumerate().map(|(index, embed)| {
        let column = &model.columns[embed.source].field;
        let (field, ty) = (&column.ident, &column.ty);
        let text = check::question(ty, &quote!(#private::TextColumn), "text");
        quote!(#index => ::core::option::Option::map(#text(&self.#field), #private::Cow::Borrowed))
    });
    let definition = definition(scope, model);
    let keyed = (!model.key.is_empty()).then(|| {
        quote! {
            #[automatically_derived]
            impl #impls #private::Keyed for #this #clause {}
        }
    });
    quote! {
        #keyed

        #[automatically_derived]
        impl #impls #private::EmbeddingRecord for #this #clause {
            type Columns = #handles #parameters;
            type Filter = #filter #parameters;
            type Query<#builder> = #query<#(#user,)* #builder>;
            type Models = (#(#models,)*);

            const TABLE: &'static ::core::primitive::str = #table;

            fn columns() -> Self::Columns {
                #handles { #(#fields,)* }
            }

            fn query<#builder>(query: #builder) -> Self::Query<#builder> {
                #query::__datus_new(query)
            }

            fn definition() -> #private::RecordDef {
                #definition
            }

            fn source_text(
                &self,
                vector: ::core::primitive::usize,
            ) -> ::core::option::Option<#private::Cow<'_, ::core::primitive::str>> {
                match vector {
                    #(#texts,)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}

/// Expands to: `RecordDef { record: "TableSchema", table: "…", fields: Self::fields(), vectors: vec![…], … }`.
fn definition(scope: &Scope<'_>, model: &RecordModel) -> TokenStream {
    let private = &scope.private;
    let (record, table) = (model.ident.unraw().to_string(), &model.table);
    let description = model.description.as_deref().unwrap_or_default();
    let slots = slots(model);
    let vectors = model.embeds.iter().map(|embed| {
        let (name, source) = (&embed.vector_column, embed.source);
        let slot = slots.iter().position(|slot| *slot == &embed.model).unwrap_or_default();
        let metric = match embed.metric {
            Metric::Cosine => quote!(Cosine),
            Metric::L2 => quote!(L2),
            Metric::Dot => quote!(Dot),
        };
        quote! {
            #private::VectorDef {
                name: #name,
                sources: #private::vec![#source],
                template: ::core::option::Option::None,
                metric: #private::Metric::#metric,
                model: #slot,
            }
        }
    });
    let (key, metadata) = (&model.key, model.metadata.iter().map(|(key, value)| quote!((#key, #value))));
    quote! {
        #private::RecordDef {
            record: #record,
            table: #table,
            description: #description,
            fields: <Self as #private::Row>::fields(),
            vectors: #private::vec![#(#vectors),*],
            key: #private::vec![#(#key),*],
            schema_version: 0,
            metadata: #private::vec![#(#metadata),*],
        }
    }
}
