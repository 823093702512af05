//! What only the compiler can judge: whether the types of the fields are what their keys ask of them.
//!
//! Generated code needs these types in many places, and the compiler would complain in each. So it is asked once, in
//! the body of a constant, and the other places name the types through that constant: where it is an error, they are
//! errors already known, and the compiler is silent about them.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Generics, Path, Type};

use super::column::{Column, Required};
use super::row::index_kind;
use super::scope::{Scope, mentions};
use super::vectors::slots;
use crate::choice::{Choice, IndexKind};
use crate::model::{FlattenModel, IndexModel, ModelChoice, ProjectionModel, RecordModel, Source};
use crate::names;
use crate::validate::RESERVED;

/// The type of a field, as generated code names it where it must be a column.
///
/// A type that depends on a generic parameter stands as it is: what it must be is in the `where` clause.
///
/// Expands to: `Checked<String, __DatusTableSchemaChecked>`.
pub(super) fn checked(ty: &Type, owner: &Ident, generics: &Generics, private: &Path) -> TokenStream {
    if mentions(ty.to_token_stream(), generics) {
        return ty.to_token_stream();
    }
    let constant = constant(owner);
    quote!(#private::Checked<#ty, #constant>)
}

/// Asks about the columns of a record and its models.
pub(super) fn of_record(scope: &Scope<'_>, model: &RecordModel, columns: &[Column<'_>]) -> TokenStream {
    let private = &scope.private;
    let models = slots(model).into_iter().filter_map(|slot| match slot {
        ModelChoice::Dynamic => None,
        ModelChoice::Fixed(path) => Some(question(path, &quote!(#private::ModelTag), "DIMENSION")),
    });
    expand(scope.ident, questions(scope, columns).chain(models))
}

/// Asks about the columns of a nested struct.
pub(super) fn of_structure(scope: &Scope<'_>, columns: &[Column<'_>]) -> TokenStream {
    expand(scope.ident, questions(scope, columns))
}

/// Asks about the fields of a projection: whether the record has their columns, and of their types.
///
/// Expands to:
/// ```text
/// const __DatusSummaryChecked: bool = {
///     let _ = |t: <Book as EmbeddingRecord>::Columns| { fits::<Book, String, _>(t.title); };
///     let _ = <Source as Projection<Book>>::paths;
///     true
/// };
/// ```
pub(super) fn of_projection(model: &ProjectionModel, private: &Path) -> TokenStream {
    let ProjectionModel { ident, record, fields, .. } = model;
    let columns = names::internal("columns");
    let compared = fields.iter().filter_map(|field| {
        let Source::Column(path) = &field.source else { return None };
        let ty = &field.ty;
        // The compiler blames the argument, so it begins at the type and ends at the column: at `title: String`.
        let mut columns = columns.clone();
        columns.set_span(columns.span().located_at(ty.span()));
        Some(quote!(#private::fits::<#record, #ty, _>(#columns #(.#path)*)))
    });
    let compared = quote!(|#columns: <#record as #private::EmbeddingRecord>::Columns| { #(#compared;)* });
    let flattened = fields.iter().filter_map(|field| match field.source {
        Source::Projection => Some(question(&field.ty, &quote!(#private::Projection<#record>), "paths")),
        Source::Column(_) => None,
    });
    expand(ident, [compared].into_iter().chain(flattened))
}

/// Asks of the columns of the key whether rows can be told apart by them.
///
/// Expands to, at the type:
/// ```text
/// const _: () = {
///     type __DatusKey = Checked<String, __DatusTableSchemaChecked>;
///     <__DatusKey<> as KeyColumn<Native>>::IS_KEY
/// };
/// ```
pub(super) fn keys(scope: &Scope<'_>, columns: &[Column<'_>]) -> TokenStream {
    let private = &scope.private;
    let closed = columns.iter().filter(|column| !mentions(column.ty().to_token_stream(), &scope.generics));
    let asked = closed.filter(|column| column.key).map(|column| {
        // Through the constant: what is no column was reported there.
        let (checked, storage) = (&column.checked, &column.storage);
        let (first, last) = ends(column.ty());
        let mut name = names::internal_type("Key");
        name.set_span(first);
        // The empty `<>` stretches the place of the error from the first token of the type to its last.
        let place = quote_spanned!(last=> #name<>);
        quote! {
            const _: () = {
                type #name = #checked;
                <#place as #private::KeyColumn<#storage>>::IS_KEY
            };
        }
    });
    asked.collect()
}

/// Asks of the columns with an index whether one of that kind can be built over them.
///
/// Expands to: `const _: () = assert!(has_index(<Checked<f32, …> as Column<Native>>::INDEXES, IndexKind::Bitmap), "…");`, at
/// the word `index`.
pub(super) fn indexes(scope: &Scope<'_>, columns: &[Column<'_>]) -> TokenStream {
    let private = &scope.private;
    let closed = columns.iter().filter(|column| !mentions(column.ty().to_token_stream(), &scope.generics));
    let asked = closed.filter_map(|column| {
        let IndexModel { kind, span } = column.of_record?.index.as_ref()?;
        let fitting = fitting(*kind)?;
        let name = IndexKind::ALL.iter().find_map(|(name, known)| (known == kind).then_some(*name))?;
        let message = format!("`index = {name}` is for {fitting}: give the column `{}` another kind, or none", column.name());
        let (checked, storage, kind) = (&column.checked, &column.storage, index_kind(*kind));
        Some(quote_spanned! {*span=>
            const _: () = ::core::assert!(
                #private::has_index(<#checked as #private::Column<#storage>>::INDEXES, #private::IndexKind::#kind),
                #message
            );
        })
    });
    asked.collect()
}

/// What an index of the kind is for; `None` for the kinds that were asked of the types themselves.
fn fitting(kind: IndexKind) -> Option<&'static str> {
    match kind {
        IndexKind::NGram | IndexKind::LabelList => None,
        IndexKind::BTree | IndexKind::Bloom => {
            Some("integers, floats, bools, text, times, and bytes of fixed length")
        }
        IndexKind::ZoneMap => Some("integers, floats, bools, text, times and bytes"),
        IndexKind::Bitmap => Some("integers, bools, text and bytes"),
        IndexKind::Fm => Some("text and bytes"),
    }
}

/// Asks of the models known at compile time whether what they embed may leave this machine.
///
/// Expands to, at the word `private`:
/// ```text
/// const _: () = {
///     type __DatusSends = SendsTextAway<{ <OpenAi as ModelTag>::SENDS_TEXT_AWAY }>;
///     <__DatusSends as KeepsPrivate<OpenAi>>::KEPT
/// };
/// ```
pub(super) fn private_texts(scope: &Scope<'_>, model: &RecordModel) -> TokenStream {
    let (private, constant) = (&scope.private, constant(scope.ident));
    let asked = model.embeds.iter().flat_map(|embed| {
        let ModelChoice::Fixed(tag) = &embed.model else { return Vec::new() };
        let places = embed.sources().into_iter().filter_map(|source| model.columns[source].private);
        places
            .map(|place| {
                let mut name = names::internal_type("Sends");
                name.set_span(place);
                // Through the constant: a tag that is none was reported there.
                let checked = quote!(#private::Checked<#tag, #constant>);
                let sends =
                    quote!(#private::SendsTextAway<{ <#checked as #private::ModelTag>::SENDS_TEXT_AWAY }>);
                quote_spanned! {place=>
                    const _: () = {
                        type #name = #sends;
                        <#name as #private::KeepsPrivate<#tag>>::KEPT
                    };
                }
            })
            .collect()
    });
    asked.collect()
}

/// Checks that the columns of flattened fields have names of their own.
///
/// Expands to: `const _: () = assert!(!is_taken("address_", <Address as FlatColumns>::NAMES, &[("", &["id", …])]), "…");`, at
/// the word `flatten`.
pub(super) fn flattened_names(scope: &Scope<'_>, model: &RecordModel, columns: &[Column<'_>]) -> TokenStream {
    let private = &scope.private;
    let own = model.columns.iter().filter(|column| column.flatten.is_none()).map(|column| &column.field.name);
    let vectors = model.embeds.iter().map(|embed| &embed.vector_column);
    let reserved = RESERVED.iter().map(|name| quote!(#name));
    let own: Vec<TokenStream> = own.chain(vectors).map(|name| quote!(#name)).chain(reserved).collect();
    let closed = columns.iter().filter(|column| !mentions(column.ty().to_token_stream(), &scope.generics));
    let flattened: Vec<_> = closed.filter_map(|column| Some((column, column.flatten()?))).collect();
    let names = |column: &Column<'_>| {
        let ty = &column.checked;
        quote!(<#ty as #private::FlatColumns>::NAMES)
    };
    let asked = flattened.iter().enumerate().map(|(index, (column, FlattenModel { prefix, span }))| {
        let before = flattened.iter().take(index).map(|(column, FlattenModel { prefix, .. })| {
            let names = names(column);
            quote!((#prefix, #names))
        });
        let (names, field) = (names(column), column.ident().unraw());
        let message = format!(
            "a column of the flattened field `{field}` has the name of another column, or one that LanceDB reserves: \
             give them a prefix with `flatten(prefix = \"{field}_\")`"
        );
        quote_spanned! {*span=>
            const _: () = ::core::assert!(!#private::is_taken(#prefix, #names, &[("", &[#(#own),*]), #(#before),*]), #message);
        }
    });
    asked.collect()
}

fn questions(scope: &Scope<'_>, columns: &[Column<'_>]) -> impl Iterator<Item = TokenStream> {
    let closed = columns.iter().filter(|column| !mentions(column.ty().to_token_stream(), &scope.generics));
    closed.flat_map(|column| {
        let required = column.required(&scope.private).into_iter();
        let required = required.map(|Required { ty, path, member }| question(&ty, &path, member));
        // What an adapter stores is a column, and was asked where it is derived.
        let filter = column.adapter().is_none().then(|| filter_value(column, &scope.private));
        required.chain(filter).collect::<Vec<_>>()
    })
}

/// Asks whether the column can be in the generated `…Filter`, which derives what values have in common.
fn filter_value(column: &Column<'_>, private: &Path) -> TokenStream {
    let storage = &column.storage;
    let wanted = question(column.ty(), &quote!(#private::Column<#storage>), "Wanted");
    question(&wanted, &quote!(#private::FilterValue), "IS_VALUE")
}

/// The constant that asks.
///
/// Expands to:
/// ```text
/// const __DatusTableSchemaChecked: bool = {
///     let _ = <String as Column<Native>>::NULLABLE;
///     let _ = <String as TextColumn>::text;
///     true
/// };
/// ```
pub(super) fn expand(owner: &Ident, questions: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    let (constant, questions) = (constant(owner), questions.into_iter());
    quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, clippy::all, clippy::pedantic)]
        const #constant: ::core::primitive::bool = {
            #(let _ = #questions;)*
            true
        };
    }
}

/// Asks whether a type implements a trait, by a member of it: `<String as TextColumn>::text`, with the whole type as
/// the place of the error.
pub(super) fn question(ty: &impl ToTokens, required: &TokenStream, member: &str) -> TokenStream {
    let (first, last) = ends(ty);
    let member = Ident::new(member, last);
    quote_spanned!(first=> <#ty as #required>::#member)
}

/// The constant of a derive that failed: its errors instead of questions.
///
/// Expands to: `const __DatusTableSchemaChecked: bool = { compile_error!("…"); true };`.
pub(super) fn failed(owner: &Ident, errors: &[TokenStream]) -> TokenStream {
    expand(owner, errors.iter().cloned())
}

/// The name of the constant.
pub(super) fn constant(owner: &Ident) -> Ident {
    names::internal_type(&format!("{}Checked", owner.unraw()))
}

/// The places of the first token and of the last.
fn ends(ty: &impl ToTokens) -> (Span, Span) {
    let tokens: Vec<TokenTree> = ty.to_token_stream().into_iter().collect();
    let open = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    };
    let close = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.span_close(),
        other => other.span(),
    };
    let first = tokens.first().map_or_else(Span::call_site, open);
    let last = tokens.last().map_or(first, close);
    (first, last)
}
