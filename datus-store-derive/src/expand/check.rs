//! Checks that only the compiler can make: that the types of the fields satisfy the bounds of their keys.
//!
//! Generated code uses these types in many places, and the compiler would report an error in each. The checks are therefore
//! in the body of a constant, and all other code refers to the types through that constant. If a check fails, the compiler
//! reports it once and does not report further errors about the types.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::column::{Bound, Column};
use super::context::{Context, checked_constant};
use crate::choice::{Choice, IndexKind};
use crate::model::{FlattenModel, IndexModel, ModelChoice, ProjectionModel, RecordModel, Source};
use crate::names;

/// Checks a record's columns and models.
pub(super) fn of_record(context: &Context<'_>, model: &RecordModel, columns: &[Column<'_>]) -> TokenStream {
    let private = &context.private;
    let models = model.models().into_iter().filter_map(|choice| match choice {
        ModelChoice::Dynamic | ModelChoice::Multi => None,
        ModelChoice::Fixed(path) => Some(bound_member(path, &quote!(#private::ModelTag), "DIMENSION")),
    });
    expand(context.ident, checks(context, columns).chain(models))
}

/// Checks the columns of a nested struct.
pub(super) fn of_structure(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    expand(context.ident, checks(context, columns))
}

/// Checks that the record of a projection has a column of the same type for each field.
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
        // The compiler reports the error at the argument. The argument's span goes from the type to the column, so that it
        // covers `title: String`.
        let mut columns = columns.clone();
        columns.set_span(columns.span().located_at(ty.span()));
        Some(quote!(#private::fits::<#record, #ty, _>(#columns #(.#path)*)))
    });
    let compared = quote!(|#columns: <#record as #private::EmbeddingRecord>::Columns| { #(#compared;)* });
    let flattened = fields.iter().filter_map(|field| match field.source {
        Source::Projection => Some(bound_member(&field.ty, &quote!(#private::Projection<#record>), "paths")),
        Source::Column(_) => None,
    });
    expand(ident, [compared].into_iter().chain(flattened))
}

/// Checks that the columns of the key can identify rows, and that those of the scope can identify the owner of a row.
///
/// Expands, with the span of the type, to:
/// ```text
/// const _: () = {
///     type __DatusKey = Checked<String, __DatusTableSchemaChecked>;
///     <__DatusKey<> as KeyColumn<Native>>::IS_KEY
/// };
/// ```
pub(super) fn keys(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    let private = &context.private;
    let concrete = columns.iter().filter(|column| !column.generic);
    let checks = concrete.filter(|column| column.key || column.scope).map(|column| {
        let (bound, member) = match column.scope {
            true => ("ScopeColumn", "IS_SCOPE"),
            false => ("KeyColumn", "IS_KEY"),
        };
        let [bound, member] = [bound, member].map(|name| Ident::new(name, Span::call_site()));
        // Goes through the constant, which already reports a type that is not a column.
        let (checked, storage) = (&column.checked, &column.storage);
        let (first, last) = end_spans(column.ty());
        let mut name = names::internal_type("Key");
        name.set_span(first);
        // The empty `<>` extends the span of the error from the first token of the type to the last.
        let spanned = quote_spanned!(last=> #name<>);
        quote! {
            const _: () = {
                type #name = #checked;
                <#spanned as #private::#bound<#storage>>::#member
            };
        }
    });
    checks.collect()
}

/// Checks that each column supports the kind of its scalar index.
///
/// Expands to `const _: () = assert!(has_index(<Checked<f32, …> as Column<Native>>::INDEXES, IndexKind::Bitmap), "…");`,
/// with the span of the `index` key.
pub(super) fn indexes(context: &Context<'_>, columns: &[Column<'_>]) -> TokenStream {
    let private = &context.private;
    let concrete = columns.iter().filter(|column| !column.generic);
    let checks = concrete.filter_map(|column| {
        let IndexModel { kind, span } = column.of_record?.index.as_ref()?;
        let types = supported_types(*kind)?;
        let name = IndexKind::ALL.iter().find_map(|(name, choice)| (choice == kind).then_some(*name))?;
        let message = format!(
            "`index = {name}` supports only {types}: choose a different kind for column `{}`, or remove `index`",
            column.name()
        );
        let (checked, storage, kind) = (&column.checked, &column.storage, kind.variant());
        Some(quote_spanned! {*span=>
            const _: () = ::core::assert!(
                #private::has_index(<#checked as #private::Column<#storage>>::INDEXES, #private::IndexKind::#kind),
                #message
            );
        })
    });
    checks.collect()
}

/// Returns the column types that support the kind, or `None` for the kinds that a bound on the type checks.
fn supported_types(kind: IndexKind) -> Option<&'static str> {
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

/// Checks that the models that are known at compile time do not send private text away.
///
/// Expands, with the span of the `private` key, to:
/// ```text
/// const _: () = {
///     type __DatusSends = SendsTextAway<{ <OpenAi as ModelTag>::SENDS_TEXT_AWAY }>;
///     <__DatusSends as KeepsPrivate<OpenAi>>::KEPT
/// };
/// ```
pub(super) fn private_texts(context: &Context<'_>, model: &RecordModel) -> TokenStream {
    let (private, constant) = (&context.private, checked_constant(context.ident));
    let checks = model.embeds.iter().flat_map(|embed| {
        let ModelChoice::Fixed(tag) = &embed.model else { return Vec::new() };
        let spans = embed.sources().into_iter().filter_map(|source| model.columns[source].private);
        spans
            .map(|span| {
                let mut name = names::internal_type("Sends");
                name.set_span(span);
                // Goes through the constant, which already reports a type that is not a tag.
                let checked = quote!(#private::Checked<#tag, #constant>);
                let sends =
                    quote!(#private::SendsTextAway<{ <#checked as #private::ModelTag>::SENDS_TEXT_AWAY }>);
                quote_spanned! {span=>
                    const _: () = {
                        type #name = #sends;
                        <#name as #private::KeepsPrivate<#tag>>::KEPT
                    };
                }
            })
            .collect()
    });
    checks.collect()
}

/// Checks that the columns of flattened fields have distinct names that are not reserved.
///
/// Expands to `const _: () = assert!(!is_taken("address_", <Address as FlatColumns>::NAMES, &[("", &["id", …])]), "…");`,
/// with the span of the `flatten` key.
pub(super) fn flattened_names(
    context: &Context<'_>,
    model: &RecordModel,
    columns: &[Column<'_>],
) -> TokenStream {
    let private = &context.private;
    let own = model.columns.iter().filter(|column| column.flatten.is_none()).map(|column| &column.field.name);
    let vectors = model.embeds.iter().map(|embed| &embed.vector_column);
    let reserved = names::RESERVED.iter().chain(names::OWN_RESERVED).map(|name| quote!(#name));
    let own: Vec<TokenStream> = own.chain(vectors).map(|name| quote!(#name)).chain(reserved).collect();
    let concrete = columns.iter().filter(|column| !column.generic);
    let flattened: Vec<_> = concrete.filter_map(|column| Some((column, column.flatten()?))).collect();
    let names = |column: &Column<'_>| {
        let ty = &column.checked;
        quote!(<#ty as #private::FlatColumns>::NAMES)
    };
    let checks = flattened.iter().enumerate().map(|(index, (column, FlattenModel { prefix, span }))| {
        let before = flattened.iter().take(index).map(|(column, FlattenModel { prefix, .. })| {
            let names = names(column);
            quote!((#prefix, #names))
        });
        let (names, field) = (names(column), column.ident().unraw());
        let message = format!(
            "a column of the flattened field `{field}` has a reserved name or the name of another column: \
             add a prefix with `flatten(prefix = \"{field}_\")`"
        );
        quote_spanned! {*span=>
            const _: () = ::core::assert!(!#private::is_taken(#prefix, #names, &[("", &[#(#own),*]), #(#before),*]), #message);
        }
    });
    checks.collect()
}

fn checks(context: &Context<'_>, columns: &[Column<'_>]) -> impl Iterator<Item = TokenStream> {
    let concrete = columns.iter().filter(|column| !column.generic);
    concrete.flat_map(|column| {
        let bounds = column.bounds(&context.private).into_iter();
        bounds.map(|Bound { ty, path, member }| bound_member(&ty, &path, member)).collect::<Vec<_>>()
    })
}

/// Emits the constant with the checks.
///
/// Expands to:
/// ```text
/// const __DatusTableSchemaChecked: bool = {
///     let _ = <String as Column<Native>>::NULLABLE;
///     let _ = <String as TextColumn>::text;
///     true
/// };
/// ```
pub(super) fn expand(owner: &Ident, checks: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    let (constant, checks) = (checked_constant(owner), checks.into_iter());
    quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, clippy::all, clippy::pedantic)]
        const #constant: ::core::primitive::bool = {
            #(let _ = #checks;)*
            true
        };
    }
}

/// Returns the path of a trait's member, such as `<String as TextColumn>::text`, which compiles only if the type implements
/// the trait. An error has the span of the whole type.
pub(super) fn bound_member(ty: &impl ToTokens, bound: &TokenStream, member: &str) -> TokenStream {
    let (first, last) = end_spans(ty);
    let member = Ident::new(member, last);
    quote_spanned!(first=> <#ty as #bound>::#member)
}

/// Emits the constant for a failed derive, which contains the errors instead of the checks.
///
/// Expands to: `const __DatusTableSchemaChecked: bool = { compile_error!("…"); true };`.
pub(super) fn failed(owner: &Ident, errors: &[TokenStream]) -> TokenStream {
    expand(owner, errors.iter().cloned())
}

/// Returns the spans of the first and the last token.
fn end_spans(ty: &impl ToTokens) -> (Span, Span) {
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
