//! Expands the query builder `TableSchemaQuery`, which wraps the library's builders and has a method for each column.

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
    let (common, terminal_methods) = (common(scope), terminal_methods(scope));
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
            #terminal_methods
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

/// Emits the equality method of a column and its `maybe_` method.
///
/// Expands to: `pub fn identifier<V: Operand<String>>(self, value: V) -> Self { … }` and `maybe_identifier`.
fn column_methods(column: &Column<'_>, owner: &syn::Visibility, scope: &Scope<'_>) -> Option<TokenStream> {
    let private = &scope.private;
    let model = column.of_record.filter(|model| model.flatten.is_none())?;
    let (ty, storage, name) = (column.ty(), &column.storage, column.name());
    let (equals, maybe) = (&model.eq_method, &model.maybe_method);
    // The method of a private field has the visibility of the field, and that of a public field that of the record.
    let vis = match column.vis() {
        syn::Visibility::Public(_) => owner,
        other => other,
    };
    let docs = format!(
        "Keeps the rows whose `{name}` equals the value. `None::<T>` keeps the rows in which it is null."
    );
    let maybe_docs = format!("Keeps the rows whose `{name}` equals the value. `None` adds no filter.");
    let value = names::internal_type("V");
    Some(quote! {
        #[doc = #docs]
        #vis fn #equals<#value: #private::Operand<#ty, #storage>>(self, value: #value) -> Self {
            Self(#private::keep_equal::<_, #ty, #storage, _>(self.0, &[#name], value), ::core::marker::PhantomData)
        }

        #[doc = #maybe_docs]
        #vis fn #maybe<#value: #private::Operand<#ty, #storage>>(
            self,
            value: ::core::option::Option<#value>,
        ) -> Self {
            match value {
                ::core::option::Option::Some(value) => self.#equals(value),
                ::core::option::Option::None => self,
            }
        }
    })
}

/// Emits the methods of every builder.
fn common(scope: &Scope<'_>) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let (this, columns) = (scope.this(), scope.companion("Columns"));
    let (_, parameters, _) = scope.generics.split_for_impl();
    let filter = names::internal_type("F");
    quote! {
        /// Keeps the rows that pass the filter: `.filter(|t| t.column.eq(value))`. A row must pass all filters.
        #vis fn filter<#filter: #private::IntoFilter<#this>>(
            self,
            filter: impl ::core::ops::FnOnce(#columns #parameters) -> #filter,
        ) -> Self {
            self.matching(filter(<#this as #private::EmbeddingRecord>::columns()))
        }

        /// Keeps the rows that pass an existing filter: a `Filter`, or the record's filter as data.
        #vis fn matching(self, filter: impl #private::IntoFilter<#this>) -> Self {
            let predicate = #private::IntoFilter::into_filter(filter).into_predicate();
            Self(#private::Refine::with_filter(self.0, predicate), ::core::marker::PhantomData)
        }

        /// Sets the maximum number of rows. By default, `search_all` returns all rows and `search` returns 10.
        #vis fn limit(self, rows: ::core::primitive::usize) -> Self {
            Self(#private::Refine::with_limit(self.0, rows), ::core::marker::PhantomData)
        }

        /// Sets the number of rows to skip.
        #vis fn offset(self, rows: ::core::primitive::usize) -> Self {
            Self(#private::Refine::with_offset(self.0, rows), ::core::marker::PhantomData)
        }
    }
}

/// Emits the methods that run a query, apart from `.await`.
fn terminal_methods(scope: &Scope<'_>) -> TokenStream {
    let Scope { vis, private, .. } = scope;
    let this = scope.this();
    let builder = names::internal_type("Q");
    let item = quote!(<#builder::Output as #private::Output<#this>>::Item);
    let rows = quote!(where #builder::Output: #private::RowOutput<#this>);
    quote! {
        /// Runs the query and returns the rows, as the engine finds them, as a `Stream` of the `futures` crate.
        #vis fn stream(self) -> #private::BoxStream<'static, #private::Result<#item>> #rows {
            #private::rows(self.0)
        }

        /// Runs the query and returns the first row, or `None` if there is no row.
        #vis fn first(self) -> #private::BoxFuture<'static, #private::Result<::core::option::Option<#item>>> #rows {
            #private::first(self.0)
        }

        /// Runs the query and collects the rows as Arrow batches.
        #vis fn arrow(self) -> #private::BoxFuture<'static, #private::Result<#private::Vec<#private::RecordBatch>>> #rows {
            #private::arrow(self.0)
        }

        /// Runs the query and streams the rows as Arrow batches, as the engine produces them.
        #vis fn arrow_stream(self) -> #private::BoxFuture<'static, #private::Result<#private::BatchStream>> #rows {
            #private::arrow_stream(self.0)
        }

        /// Counts the rows that the query returns.
        #vis fn count(self) -> #private::BoxFuture<'static, #private::Result<::core::primitive::usize>> #rows {
            #private::count(self.0)
        }

        /// Returns the execution plan of the query as text.
        #vis fn explain(self) -> #private::BoxFuture<'static, #private::Result<#private::String>> {
            #private::explain(self.0)
        }
    }
}

/// Emits the methods that only `search_all` has.
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
            /// Sorts by a column, or by a tuple of columns: `.order_by(|t| t.column.desc())`. Nulls come last.
            #vis fn order_by<#order: #private::IntoOrder<#this>>(
                self,
                order: impl ::core::ops::FnOnce(#columns #parameters) -> #order,
            ) -> Self {
                let order = order(<#this as #private::EmbeddingRecord>::columns());
                Self(self.0.order_by(#private::IntoOrder::into_keys(order)), ::core::marker::PhantomData)
            }

            /// Reads a page of at most `rows` rows, with a cursor for the next page: `.page(100).after(&cursor)`. All pages
            /// read the same version of the table, even if the table is written in the meantime.
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
            /// Returns the distinct values as a `HashSet`. A limit counts rows before duplicates are removed.
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

/// Emits the methods that change the output: `select`, `select_as` and `with_vectors`.
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
        /// Reads only the selected columns: `.select(|t| t.column)`, or a tuple of columns.
        #vis fn select<#projection: #private::Selection<#this>>(
            self,
            select: impl ::core::ops::FnOnce(#columns #parameters) -> #projection,
        ) -> #name<#(#user,)* #selected> {
            let projection = select(<#this as #private::EmbeddingRecord>::columns());
            #name(self.0.select(projection), ::core::marker::PhantomData)
        }

        /// Reads the rows as a struct with `#[derive(Projection)]`, and only its columns: `.select_as::<Summary>()`.
        #vis fn select_as<#projection: #private::Projection<#this>>(
            self,
        ) -> #name<#(#user,)* #selected_as> {
            let projection = <#projection as #private::Projection<#this>>::selection();
            #name(self.0.select(projection), ::core::marker::PhantomData)
        }

        /// Also reads the vectors, and returns `Embedded` records.
        #vis fn with_vectors(self) -> #name<#(#user,)* #vectors> {
            #name(self.0.with_vectors(), ::core::marker::PhantomData)
        }
    }
}
