//! The methods of the query builder that a search alone has.

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
    let way = names::internal_type("W");
    let select = select(scope, &|output| {
        let this = scope.this();
        quote!(#private::Search<#this, #private::Hits<#output>, #way>)
    });
    let output = quote!(#private::Hits<#private::Records>);
    let block = block(scope, &[parse_quote!(#way)], &output, &select);
    quote!(#any #by_vector #texts #block)
}

/// An `impl` for searches: of output `__DatusO`, or of the one that is given.
fn block(
    scope: &Scope<'_>,
    parameters: &[syn::GenericParam],
    output: &TokenStream,
    methods: &TokenStream,
) -> TokenStream {
    let (private, this, name) = (&scope.private, scope.this(), scope.companion("Query"));
    let way = names::internal_type("W");
    let mut generics = scope.generics.clone();
    generics.params.extend(parameters.iter().cloned());
    let (impls, _, clause) = generics.split_for_impl();
    let user = scope.generics.params.iter().map(parameter_name);
    quote! {
        #[allow(dead_code)]
        impl #impls #name<#(#user,)* #private::Search<#this, #output, #way>> #clause {
            #methods
        }
    }
}

/// What every search has.
fn any(scope: &Scope<'_>) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let (this, name) = (scope.this(), scope.companion("Query"));
    let (output, way) = (names::internal_type("O"), names::internal_type("W"));
    let user: Vec<_> = scope.generics.params.iter().map(parameter_name).collect();
    let search = quote!(#private::Search<#this, #output, #way>);
    let by = |way: &TokenStream| quote!(#private::Search<#this, #output, #private::#way>);
    let (by_text, hybrid) = (by(&quote!(ByText)), by(&quote!(Hybrid)));
    let methods = quote! {
        /// Searches by words and not by vector: BM25 over the columns with `#[datus(fts)]`.
        #vis fn full_text(self) -> #name<#(#user,)* #by_text>
        where
            #search: #private::IntoFullText<FullText = #by_text>,
        {
            #name(#private::IntoFullText::full_text(self.0), ::core::marker::PhantomData)
        }

        /// Searches by vector and by words, and puts both into one order: reciprocal rank fusion, or what `.rerank` says.
        #vis fn hybrid(self) -> #name<#(#user,)* #hybrid>
        where
            #search: #private::IntoHybrid<Hybrid = #hybrid>,
        {
            #name(#private::IntoHybrid::hybrid(self.0), ::core::marker::PhantomData)
        }

        /// Lets a reranker put what was found into its final order.
        #vis fn rerank(self, reranker: impl #private::Reranker + 'static) -> Self {
            Self(self.0.rerank(reranker), ::core::marker::PhantomData)
        }

        /// Sets how many rows each leg of a hybrid search, or a reranked one, gives to be ordered. 50 by default, or four
        /// times the limit where that is more.
        #vis fn candidates(self, rows: ::core::primitive::usize) -> Self {
            Self(self.0.candidates(rows), ::core::marker::PhantomData)
        }
    };
    block(scope, &[parse_quote!(#output), parse_quote!(#way)], &quote!(#output), &methods)
}

/// What a search by vector has, and a hybrid one.
fn by_vector(scope: &Scope<'_>) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let (output, way) = (names::internal_type("O"), names::internal_type("W"));
    let usize = quote!(::core::primitive::usize);
    let methods = quote! {
        /// Returns hits whose distance is in the range: `..0.5`, `0.1..=0.5`. In a hybrid search it holds for what is found
        /// by vector.
        #vis fn distance_range(self, range: impl ::core::ops::RangeBounds<::core::primitive::f32>) -> Self {
            Self(self.0.distance_range(range), ::core::marker::PhantomData)
        }

        /// Looks into exactly so many partitions of a vector index: more find more and take longer.
        #vis fn nprobes(self, partitions: #usize) -> Self {
            Self(self.0.nprobes(partitions), ::core::marker::PhantomData)
        }

        /// Looks into at least so many partitions of a vector index. 20 by default.
        #vis fn minimum_nprobes(self, partitions: #usize) -> Self {
            Self(self.0.minimum_nprobes(partitions), ::core::marker::PhantomData)
        }

        /// Looks into at most so many partitions of a vector index; 0 for as many as fill the limit.
        #vis fn maximum_nprobes(self, partitions: #usize) -> Self {
            Self(self.0.maximum_nprobes(partitions), ::core::marker::PhantomData)
        }

        /// Reads so many times the limit from a vector index and measures them again with whole vectors.
        #vis fn refine_factor(self, factor: ::core::primitive::u32) -> Self {
            Self(self.0.refine_factor(factor), ::core::marker::PhantomData)
        }

        /// Keeps so many candidates in a search of an HNSW index.
        #vis fn ef(self, candidates: #usize) -> Self {
            Self(self.0.ef(candidates), ::core::marker::PhantomData)
        }

        /// Compares with every vector and uses no index.
        #vis fn exact(self) -> Self {
            Self(self.0.exact(), ::core::marker::PhantomData)
        }
    };
    let parameters = [parse_quote!(#output), parse_quote!(#way: #private::UsesVector)];
    block(scope, &parameters, &quote!(#output), &methods)
}

/// What a full text search has, and a hybrid one.
fn by_text(scope: &Scope<'_>) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let (this, texts) = (scope.this(), scope.companion("Texts"));
    let (_, parameters, _) = scope.generics.split_for_impl();
    let (output, way, text) =
        (names::internal_type("O"), names::internal_type("W"), names::internal_type("T"));
    let methods = quote! {
        /// Asks another thing of the words than the search's text in all columns: `|t| t.title.phrase("…")`, or that text in
        /// some columns, `|t| t.title.boost(2.0).with(t.body)`.
        #vis fn text_query<#text: #private::IntoText<#this>>(
            self,
            query: impl ::core::ops::FnOnce(#texts #parameters) -> #text,
        ) -> Self {
            Self(self.0.text_query(query), ::core::marker::PhantomData)
        }
    };
    let parameters = [parse_quote!(#output), parse_quote!(#way: #private::UsesText)];
    block(scope, &parameters, &quote!(#output), &methods)
}
