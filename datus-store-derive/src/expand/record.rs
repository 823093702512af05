//! Expands the record itself: the associated types, the definition and the source texts.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Path;
use syn::ext::IdentExt;

use super::check;
use super::column::Column;
use super::context::Context;
use crate::choice::Choice;
use crate::model::{
    ColumnModel, EmbedModel, FieldModel, ModelChoice, RecordModel, Storage, TemplatePart, TextModel,
};
use crate::names;

/// Expands to:
/// ```text
/// impl EmbeddingRecord for TableSchema { type Columns = TableSchemaColumns; const TABLE: &'static str = "…"; … }
/// ```
pub(super) fn expand(context: &Context<'_>, model: &RecordModel, columns: &[Column<'_>]) -> TokenStream {
    let Context { private, generics, .. } = context;
    let (this, table) = (context.this(), &model.table);
    let (impls, parameters, clause) = generics.split_for_impl();
    let [handles, filter, query] = ["Columns", "Filter", "Query"].map(|suffix| context.companion(suffix));
    let state = names::internal_type("S");
    let user = generics.params.iter().map(super::columns::parameter_name);
    let models = model.models().into_iter().map(|choice| match choice {
        ModelChoice::Dynamic => quote!(#private::Dynamic),
        ModelChoice::Multi => quote!(#private::Multi),
        ModelChoice::Fixed(path) => quote!(#path),
    });
    let fields = columns.iter().map(|column| {
        let (field, path) = (column.ident(), column.path(private));
        quote!(#field: #private::Handle::at(#path))
    });
    let texts = model.embeds.iter().enumerate().map(|(index, embed)| {
        let text = source_text(embed, &model.columns, private);
        quote!(#index => #text)
    });
    let definition = definition(context, model, columns);
    let scoped = match model.scope.is_empty() {
        true => quote! {
            #[automatically_derived]
            impl #impls #private::Unscoped for #this #clause {}
        },
        false => {
            let parts = parts(&model.scope, columns, private);
            quote! {
                #[automatically_derived]
                impl #impls #private::Scoped for #this #clause {
                    type Scope = #parts;
                }
            }
        }
    };
    let keyed = (!model.key.is_empty()).then(|| {
        let key = parts(&model.key, columns, private);
        quote! {
            #[automatically_derived]
            impl #impls #private::Keyed for #this #clause {
                type Key = #key;
            }
        }
    });
    quote! {
        #scoped

        #keyed

        #[automatically_derived]
        impl #impls #private::EmbeddingRecord for #this #clause {
            type Columns = #handles #parameters;
            type Filter = #filter #parameters;
            type Query<#state: ::core::marker::Send + ::core::marker::Sync> = #query<#(#user,)* #state>;
            type Models = (#(#models,)*);

            const TABLE: &'static ::core::primitive::str = #table;

            fn columns() -> Self::Columns {
                #handles { #(#fields,)* }
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

/// Returns the types of the columns in a key or a scope.
///
/// Expands to: `KeyPart<String, Native>`, or `(KeyPart<String, Native>, KeyPart<i64, Native>,)` for several columns.
fn parts(of: &[usize], columns: &[Column<'_>], private: &Path) -> TokenStream {
    let types = of.iter().map(|&index| {
        let (ty, storage) = (columns[index].ty(), &columns[index].storage);
        quote!(#private::KeyPart<#ty, #storage>)
    });
    match of.len() {
        1 => quote!(#(#types)*),
        _ => quote!((#(#types,)*)),
    }
}

/// Returns the expression for the source text of a vector.
///
/// Expands to: `Option::map(<String as TextColumn>::text(&self.definition), Cow::Borrowed)`, or with a template
/// `fill_template(&["", ": ", ""], [<String as TemplateColumn>::in_template(&self.table_name), …])`.
fn source_text(embed: &EmbedModel, columns: &[ColumnModel], private: &Path) -> TokenStream {
    let text_of = |column: usize, bound: &str, member: &str| {
        let FieldModel { ident, ty, storage, .. } = &columns[column].field;
        if let Storage::With(adapter) = storage {
            let stored = Ident::new(&format!("stored_{member}"), Span::call_site());
            return quote!(#private::#stored::<#ty, #adapter>(&self.#ident));
        }
        let bound = Ident::new(bound, Span::call_site());
        let text = check::bound_member(ty, &quote!(#private::#bound), member);
        quote!(#text(&self.#ident))
    };
    let TextModel::Template(parts) = &embed.text else {
        let text = text_of(embed.column, "TextColumn", "text");
        return match columns[embed.column].field.storage {
            Storage::With(_) => text,
            _ => quote!(::core::option::Option::map(#text, #private::Cow::Borrowed)),
        };
    };
    let (mut literals, mut values) = (vec![String::new()], Vec::new());
    for part in parts {
        match (part, literals.last_mut()) {
            (TemplatePart::Text(text), Some(last)) => last.push_str(text),
            (TemplatePart::Text(text), None) => literals.push(text.clone()),
            (TemplatePart::Column(column), _) => {
                values.push(text_of(*column, "TemplateColumn", "in_template"));
                literals.push(String::new());
            }
        }
    }
    quote!(#private::fill_template(&[#(#literals),*], [#(#values),*]))
}

/// Expands to: `RecordDef { record: "TableSchema", table: "…", fields: Self::fields(), vectors: vec![…], … }`.
fn definition(context: &Context<'_>, model: &RecordModel, columns: &[Column<'_>]) -> TokenStream {
    let positions = |indices: &[usize]| -> Vec<TokenStream> {
        indices.iter().map(|&index| columns[index].position.clone()).collect()
    };
    let private = &context.private;
    let (record, table) = (model.ident.unraw().to_string(), &model.table);
    let description = model.description.as_deref().unwrap_or_default();
    let (models, schema_version) = (model.models(), model.schema_version);
    let vectors = model.embeds.iter().map(|embed| {
        let (name, sources) = (&embed.vector_column, positions(&embed.sources()));
        let template = match &embed.text {
            TextModel::Column => quote!(None),
            TextModel::Template(parts) => {
                let template = model.template(parts);
                quote!(Some(#template))
            }
        };
        let model = models.iter().position(|choice| *choice == &embed.model).unwrap_or_default();
        let (metric, index) = (embed.metric.variant(), embed.index.variant());
        let element = embed.element.variant();
        let multi = embed.model == ModelChoice::Multi;
        quote! {
            #private::VectorDef {
                name: #name,
                sources: #private::vec![#(#sources),*],
                template: ::core::option::Option::#template,
                metric: #private::Metric::#metric,
                index: #private::VectorIndex::#index,
                element: #private::VectorElement::#element,
                multi: #multi,
                model: #model,
            }
        }
    });
    let scope = positions(&model.scope);
    // Keys are unique within a scope, so the columns of the scope are part of the key.
    let key: Vec<_> = match model.key.is_empty() {
        true => Vec::new(),
        false => scope.iter().cloned().chain(positions(&model.key)).collect(),
    };
    let metadata = model.metadata.iter().map(|(key, value)| quote!((#key, #value)));
    quote! {
        #private::RecordDef {
            record: #record,
            table: #private::Cow::Borrowed(#table),
            description: #description,
            fields: <Self as #private::Row>::fields(),
            vectors: #private::vec![#(#vectors),*],
            key: #private::vec![#(#key),*],
            scope: #private::vec![#(#scope),*],
            schema_version: #schema_version,
            metadata: #private::vec![#(#metadata),*],
        }
    }
}
