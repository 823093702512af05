//! The query builder: `TableSchemaQuery`, with a method for each column around the library's own builders.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use super::column::Column;
use super::columns::parameter_name;
use super::scope::Scope;
use super::search;
use crate::model::RecordModel;
use crate::names;

/// Expands to:
/// ```text
/// pub struct TableSchemaQuery<Q>(Q);
/// impl<Q: Refine<Record = TableSchema>> TableSchemaQuery<Q> { pub fn identifier(self, value: …) -> Self { … } … }
/// impl<O> TableSchemaQuery<SearchAll<TableSchema, O>> { pub fn order_by(…) … }
/// impl<O, W> TableSchemaQuery<Search<TableSchema, O, W>> { pub fn full_text(self) … }
/// impl<Q: IntoFuture> IntoFuture for TableSchemaQuery<Q> { … }
/// ```
pub(super) fn expand(scope: &Scope<'_>, model: &RecordModel, columns: &[Column<'_>]) -> TokenStream {
    let Scope { ident, vis, private, .. } = scope;
    let (this, name, phantom) = (scope.this(), scope.companion("Query"), scope.phantom());
    let builder = names::internal_type("Q");
    let any = scope.with(parse_quote!(#builder));
    let (impls, parameters, clause) = any.split_for_impl();
    let refine = scope.with(parse_quote!(#builder: #private::Refine<Record = #this>));
    let (refine_impls, _, _) = refine.split_for_impl();
    let future = scope.with(parse_quote!(#builder: ::core::future::IntoFuture));
    let (future_impls, _, _) = future.split_for_impl();
    let methods = columns.iter().filter_map(|column| column_methods(column, vis, scope));
    let (common, ends) = (common(scope), ends(scope));
    let is_searched = !model.embeds.is_empty() || columns.iter().any(Column::has_fts);
    let (search_all, search) =
        (search_all(scope), if is_searched { search::expand(scope, columns) } else { TokenStream::new() });
    let summary = format!("A query on the table of [`{ident}`], with a method for each column.");
    quote! {
        #[doc = #summary]
        #[must_use = "a query does nothing until it is awaited"]
        #vis struct #name #impls(#builder, #phantom) #clause;

        #[allow(dead_code)]
        impl #impls #name #parameters #clause {
            #[doc(hidden)]
            fn __datus_new(query: #builder) -> Self {
                Self(query, ::core::marker::PhantomData)
            }
        }

        #[allow(dead_code)]
        impl #refine_impls #name #parameters #clause {
            #common
            #(#methods)*
            #ends
        }

        #search_all
        #search

        #[automatically_derived]
        impl #future_impls ::core::future::IntoFuture for #name #parameters #clause {
            type Output = <#builder as ::core::future::IntoFuture>::Output;
            type IntoFuture = <#builder as ::core::future::IntoFuture>::IntoFuture;

            fn into_future(self) -> Self::IntoFuture {
                ::core::future::IntoFuture::into_future(self.0)
            }
        }

        #[automatically_derived]
        impl #impls ::core::fmt::Debug for #name #parameters #clause {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(::core::stringify!(#name))
            }
        }
    }
}

/// Expands to: `pub fn identifier<V: Operand<String>>(self, value: V) -> Self { … }` and its `maybe_`.
fn column_methods(column: &Column<'_>, owner: &syn::Visibility, scope: &Scope<'_>) -> Option<TokenStream> {
    let private = &scope.private;
    let model = column.of_record.filter(|model| model.flatten.is_none())?;
    let (ty, storage, name) = (column.ty(), &column.storage, column.name());
    let (equal, maybe) = (&model.eq_method, &model.maybe_method);
    // A private field's method is as private as the field; a public one's is as public as the record.
    let vis = match column.vis() {
        syn::Visibility::Public(_) => owner,
        other => other,
    };
    let docs =
        format!("Keeps the rows whose `{name}` equals the value; `None::<T>` keeps those where it is null.");
    let maybe_docs = format!("Keeps the rows whose `{name}` equals the value; `None` adds no filter.");
    let value = names::internal_type("V");
    Some(quote! {
        #[doc = #docs]
        #vis fn #equal<#value: #private::Operand<#ty, #storage>>(self, value: #value) -> Self {
            Self(#private::keep_equal::<_, #ty, #storage, _>(self.0, &[#name], value), ::core::marker::PhantomData)
        }

        #[doc = #maybe_docs]
        #vis fn #maybe<#value: #private::Operand<#ty, #storage>>(
            self,
            value: ::core::option::Option<#value>,
        ) -> Self {
            match value {
                ::core::option::Option::Some(value) => self.#equal(value),
                ::core::option::Option::None => self,
            }
        }
    })
}

/// The methods that every builder has.
fn common(scope: &Scope<'_>) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let (this, columns) = (scope.this(), scope.companion("Columns"));
    let (_, parameters, _) = scope.generics.split_for_impl();
    let filter = names::internal_type("F");
    quote! {
        /// Keeps the rows that pass the filter, of those that passed the ones before: `.filter(|t| t.column.eq(value))`.
        #vis fn filter<#filter: #private::IntoFilter<#this>>(
            self,
            filter: impl ::core::ops::FnOnce(#columns #parameters) -> #filter,
        ) -> Self {
            self.matching(filter(<#this as #private::EmbeddingRecord>::columns()))
        }

        /// Keeps the rows that pass a filter made before: a `Filter`, or the record's filter as data.
        #vis fn matching(self, filter: impl #private::IntoFilter<#this>) -> Self {
            let predicate = #private::IntoFilter::into_filter(filter).into_predicate();
            Self(#private::Refine::with_filter(self.0, predicate), ::core::marker::PhantomData)
        }

        /// Returns at most so many rows. Without it, `search_all` returns all and `search` returns 10.
        #vis fn limit(self, rows: ::core::primitive::usize) -> Self {
            Self(#private::Refine::with_limit(self.0, rows), ::core::marker::PhantomData)
        }

        /// Leaves out the first rows.
        #vis fn offset(self, rows: ::core::primitive::usize) -> Self {
            Self(#private::Refine::with_offset(self.0, rows), ::core::marker::PhantomData)
        }
    }
}

/// The ends of a query beside `.await`.
fn ends(scope: &Scope<'_>) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let this = scope.this();
    let builder = names::internal_type("Q");
    let item = quote!(<#builder::Output as #private::Output<#this>>::Item);
    let rows = quote!(where #builder::Output: #private::RowOutput<#this>);
    quote! {
        /// Gives the rows one by one, as the engine finds them, as a `Stream` of the `futures` crate.
        #vis fn stream(self) -> #private::BoxStream<'static, #private::Result<#item>> #rows {
            #private::rows(self.0)
        }

        /// Gives the first row; `None` where there is none.
        #vis fn first(self) -> #private::BoxFuture<'static, #private::Result<::core::option::Option<#item>>> #rows {
            #private::first(self.0)
        }

        /// Collects the rows as Arrow batches, without structs.
        #vis fn arrow(self) -> #private::BoxFuture<'static, #private::Result<#private::Vec<#private::RecordBatch>>> #rows {
            #private::arrow(self.0)
        }

        /// Gives the rows as Arrow batches, as the engine makes them.
        #vis fn arrow_stream(self) -> #private::BoxFuture<'static, #private::Result<#private::BatchStream>> #rows {
            #private::arrow_stream(self.0)
        }

        /// Counts the rows that the query returns.
        #vis fn count(self) -> #private::BoxFuture<'static, #private::Result<::core::primitive::usize>> #rows {
            #private::count(self.0)
        }

        /// Describes how the engine would run the query.
        #vis fn explain(self) -> #private::BoxFuture<'static, #private::Result<#private::String>> {
            #private::explain(self.0)
        }
    }
}

/// The methods of `search_all` alone.
fn search_all(scope: &Scope<'_>) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let (this, name, columns) = (scope.this(), scope.companion("Query"), scope.companion("Columns"));
    let (output, projection, order) =
        (names::internal_type("O"), names::internal_type("P"), names::internal_type("K"));
    let (impls, parameters, clause) = scope.generics.split_for_impl();
    let user: Vec<_> = scope.generics.params.iter().map(parameter_name).collect();
    let with_output = scope.with(parse_quote!(#output: #private::Output<#this>));
    let (output_impls, _, _) = with_output.split_for_impl();
    let with_projection = scope.with(parse_quote!(#projection));
    let (projection_impls, _, _) = with_projection.split_for_impl();
    let select = select(scope, &|output| quote!(#private::SearchAll<#this, #output>));
    quote! {
        #[allow(dead_code)]
        impl #output_impls #name<#(#user,)* #private::SearchAll<#this, #output>> #clause {
            /// Sorts by a column, or by a tuple of them: `.order_by(|t| t.column.desc())`. Nulls come last.
            #vis fn order_by<#order: #private::IntoOrder<#this>>(
                self,
                order: impl ::core::ops::FnOnce(#columns #parameters) -> #order,
            ) -> Self {
                let order = order(<#this as #private::EmbeddingRecord>::columns());
                Self(self.0.order_by(#private::IntoOrder::into_keys(order)), ::core::marker::PhantomData)
            }

            /// Reads a page of at most so many rows, with a cursor to the next one: `.page(100).after(&cursor)`. All pages are of
            /// one version of the table, whatever is written meanwhile.
            #vis fn page(self, rows: ::core::primitive::usize) -> #private::Paged<#this, #output>
            where
                #output: #private::RowOutput<#this>,
            {
                #private::Paged::new(self.0, rows)
            }
        }

        #[allow(dead_code)]
        impl #impls #name<#(#user,)* #private::SearchAll<#this>> #clause {
            #select
        }

        #[allow(dead_code)]
        impl #projection_impls #name<#(#user,)* #private::SearchAll<#this, #private::Selected<#projection>>> #clause {
            /// Returns each different value once, as a `HashSet`. A limit counts rows, before equal values are put
            /// together.
            #vis fn distinct(
                self,
            ) -> #name<#(#user,)* #private::SearchAll<#this, #private::Distinct<#private::Selected<#projection>>>>
            where
                #projection: #private::Selection<#this>,
                #projection::Output: #private::DistinctItem,
            {
                #name(self.0.distinct(), ::core::marker::PhantomData)
            }
        }
    }
}

/// `select` and `with_vectors`, which change what comes back.
pub(super) fn select(scope: &Scope<'_>, builder: &dyn Fn(&TokenStream) -> TokenStream) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let (this, name, columns) = (scope.this(), scope.companion("Query"), scope.companion("Columns"));
    let (_, parameters, _) = scope.generics.split_for_impl();
    let user: Vec<_> = scope.generics.params.iter().map(parameter_name).collect();
    let projection = names::internal_type("P");
    let selected = builder(&quote!(#private::Selected<#projection>));
    let selected_as = builder(&quote!(#private::Selected<#private::As<#projection>>));
    let vectors = builder(&quote!(#private::WithVectors));
    quote! {
        /// Reads only the columns named: `.select(|t| t.column)`, or a tuple of them.
        #vis fn select<#projection: #private::Selection<#this>>(
            self,
            select: impl ::core::ops::FnOnce(#columns #parameters) -> #projection,
        ) -> #name<#(#user,)* #selected> {
            let projection = select(<#this as #private::EmbeddingRecord>::columns());
            #name(self.0.select(projection), ::core::marker::PhantomData)
        }

        /// Reads the rows as structs with `#[derive(Projection)]`, and only their columns: `.select_as::<Summary>()`.
        #vis fn select_as<#projection: #private::Projection<#this>>(
            self,
        ) -> #name<#(#user,)* #selected_as> {
            let projection = <#projection as #private::Projection<#this>>::selection();
            #name(self.0.select(projection), ::core::marker::PhantomData)
        }

        /// Reads the vectors too, as `Embedded` records.
        #vis fn with_vectors(self) -> #name<#(#user,)* #vectors> {
            #name(self.0.with_vectors(), ::core::marker::PhantomData)
        }
    }
}
