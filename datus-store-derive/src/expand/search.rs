//! Expands the methods of the query builder that only searches have.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use super::column::Column;
use super::columns::parameter_name;
use super::query::select;
use super::scope::Scope;
use crate::names;

/// Expands to:
/// ```text
/// impl<O, W> TableSchemaQuery<Search<TableSchema, O, W>> { pub fn full_text(self) -> … pub fn rerank(…) … }
/// impl<O, W: UsesVector> TableSchemaQuery<Search<TableSchema, O, W>> { pub fn distance_range(…) … }
/// impl<O, W: UsesText> TableSchemaQuery<Search<TableSchema, O, W>> { pub fn text_query(…) … }
/// impl<W> TableSchemaQuery<Search<TableSchema, Hits<Records>, W>> { pub fn select(…) … pub fn with_vectors(…) … }
/// ```
pub(super) fn expand(scope: &Scope<'_>, columns: &[Column<'_>]) -> TokenStream {
    let has_texts = columns.iter().any(Column::has_fts);
    let texts = if has_texts { by_text(scope) } else { TokenStream::new() };
    let (any, by_vector) = (any(scope), by_vector(scope));
    let private = &scope.private;
    let mode = names::internal_type("W");
    let select = select(scope, &|output| {
        let this = scope.this();
        quote!(#private::Search<#this, #private::Hits<#output>, #mode>)
    });
    let output = quote!(#private::Hits<#private::Records>);
    let block = block(scope, &[parse_quote!(#mode)], &output, &select);
    quote!(#any #by_vector #texts #block)
}

/// Emits an `impl` for searches with the given output.
fn block(
    scope: &Scope<'_>,
    parameters: &[syn::GenericParam],
    output: &TokenStream,
    methods: &TokenStream,
) -> TokenStream {
    let (private, this, name) = (&scope.private, scope.this(), scope.companion("Query"));
    let mode = names::internal_type("W");
    let mut generics = scope.generics.clone();
    generics.params.extend(parameters.iter().cloned());
    let (impls, _, clause) = generics.split_for_impl();
    let user = scope.generics.params.iter().map(parameter_name);
    quote! {
        #[allow(dead_code)]
        impl #impls #name<#(#user,)* #private::Search<#this, #output, #mode>> #clause {
            #methods
        }
    }
}

/// Emits the methods of every search.
fn any(scope: &Scope<'_>) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let (this, name) = (scope.this(), scope.companion("Query"));
    let (output, mode) = (names::internal_type("O"), names::internal_type("W"));
    let user: Vec<_> = scope.generics.params.iter().map(parameter_name).collect();
    let search = quote!(#private::Search<#this, #output, #mode>);
    let by = |mode: &TokenStream| quote!(#private::Search<#this, #output, #private::#mode>);
    let (by_text, hybrid) = (by(&quote!(ByText)), by(&quote!(Hybrid)));
    let methods = quote! {
        /// Converts the search to a full-text search, which scores the columns with `#[datus(fts)]` with BM25.
        #vis fn full_text(self) -> #name<#(#user,)* #by_text>
        where
            #search: #private::IntoFullText<FullText = #by_text>,
        {
            #name(#private::IntoFullText::full_text(self.0), ::core::marker::PhantomData)
        }

        /// Converts the search to a hybrid search, which combines the scores of a vector search and a full-text
        /// search, or orders their rows by the reranker that `.rerank` sets.
        #vis fn hybrid(self) -> #name<#(#user,)* #hybrid>
        where
            #search: #private::IntoHybrid<Hybrid = #hybrid>,
        {
            #name(#private::IntoHybrid::hybrid(self.0), ::core::marker::PhantomData)
        }

        /// Sets the reranker that determines the final order of the hits.
        #vis fn rerank(self, reranker: impl #private::Reranker + 'static) -> Self {
            Self(self.0.rerank(reranker), ::core::marker::PhantomData)
        }

        /// Sets the reranker, which the closure makes from the columns, such as `Siblings::by(…)` or a `Formula`.
        #vis fn rerank_by<__DatusReranker: #private::Reranker + 'static>(
            self,
            reranker: impl ::core::ops::FnOnce(<#this as #private::EmbeddingRecord>::Columns) -> __DatusReranker,
        ) -> Self {
            Self(self.0.rerank_by(reranker), ::core::marker::PhantomData)
        }

        /// Sets the number of rows that each leg of a hybrid or reranked search passes to the reranker. The default is 50 or
        /// four times the limit, whichever is greater.
        #vis fn candidates(self, rows: ::core::primitive::usize) -> Self {
            Self(self.0.candidates(rows), ::core::marker::PhantomData)
        }
    };
    block(scope, &[parse_quote!(#output), parse_quote!(#mode)], &quote!(#output), &methods)
}

/// Emits the methods of vector searches and hybrid searches.
fn by_vector(scope: &Scope<'_>) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let (output, mode) = (names::internal_type("O"), names::internal_type("W"));
    let usize = quote!(::core::primitive::usize);
    let methods = quote! {
        /// Returns only hits whose distance is in the range: `..0.5`, `0.1..=0.5`. In a hybrid search, the range applies to
        /// the vector leg.
        #vis fn distance_range(self, range: impl ::core::ops::RangeBounds<::core::primitive::f32>) -> Self {
            Self(self.0.distance_range(range), ::core::marker::PhantomData)
        }

        /// Searches exactly this number of partitions of a vector index. More partitions increase both recall and time.
        #vis fn nprobes(self, partitions: #usize) -> Self {
            Self(self.0.nprobes(partitions), ::core::marker::PhantomData)
        }

        /// Searches at least this number of partitions of a vector index. 20 by default.
        #vis fn minimum_nprobes(self, partitions: #usize) -> Self {
            Self(self.0.minimum_nprobes(partitions), ::core::marker::PhantomData)
        }

        /// Searches at most this number of partitions of a vector index. 0 means as many as it takes to reach the limit.
        #vis fn maximum_nprobes(self, partitions: #usize) -> Self {
            Self(self.0.maximum_nprobes(partitions), ::core::marker::PhantomData)
        }

        /// Reads `factor` times the limit from a vector index, and reorders these rows by the distances of their
        /// uncompressed vectors.
        #vis fn refine_factor(self, factor: ::core::primitive::u32) -> Self {
            Self(self.0.refine_factor(factor), ::core::marker::PhantomData)
        }

        /// Sets the number of candidates that a search of an HNSW index keeps.
        #vis fn ef(self, candidates: #usize) -> Self {
            Self(self.0.ef(candidates), ::core::marker::PhantomData)
        }

        /// Compares the query with every vector, without an index.
        #vis fn exact(self) -> Self {
            Self(self.0.exact(), ::core::marker::PhantomData)
        }
    };
    let parameters = [parse_quote!(#output), parse_quote!(#mode: #private::UsesVector)];
    block(scope, &parameters, &quote!(#output), &methods)
}

/// Emits the methods of full-text searches and hybrid searches.
fn by_text(scope: &Scope<'_>) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let (this, texts) = (scope.this(), scope.companion("Texts"));
    let (_, parameters, _) = scope.generics.split_for_impl();
    let (output, mode, text) =
        (names::internal_type("O"), names::internal_type("W"), names::internal_type("T"));
    let methods = quote! {
        /// Replaces the default full-text query, which looks for the query text in all columns. The closure returns a query,
        /// such as `|t| t.title.phrase("…")`, or the columns in which to look for the query text, such as
        /// `|t| t.title.boost(2.0).with(t.body)`.
        #vis fn text_query<#text: #private::IntoText<#this>>(
            self,
            query: impl ::core::ops::FnOnce(#texts #parameters) -> #text,
        ) -> Self {
            Self(self.0.text_query(query), ::core::marker::PhantomData)
        }
    };
    let parameters = [parse_quote!(#output), parse_quote!(#mode: #private::UsesText)];
    block(scope, &parameters, &quote!(#output), &methods)
}
