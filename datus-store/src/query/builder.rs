//! The untyped state of the query builders, and the methods that they share.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::run::InvalidQuery;
use super::{Execute, FullText, Nearest, Operand, Predicate, QuerySpec, Selection};
use crate::record::{Col, ColumnPath, Handle};

/// An untyped query builder: the requested query, and the executor that runs it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub(super) executor: Arc<dyn Execute>,
    pub(super) spec: QuerySpec,
    /// The vector query of a search.
    pub(super) nearest: Option<Nearest>,
    /// The query text of a search, or `None` for a search by a vector or a row.
    pub(super) text: Option<String>,
    /// The full-text query of a full-text or hybrid search, or `None` to search all columns for the query text.
    pub(super) full_text: Option<FullText>,
    /// The first mistake in the query.
    pub(super) invalid: Option<InvalidQuery>,
}

impl Draft {
    pub(super) fn new(executor: Arc<dyn Execute>) -> Self {
        Self {
            executor,
            spec: QuerySpec::default(),
            nearest: None,
            text: None,
            full_text: None,
            invalid: None,
        }
    }

    /// Adds a filter. A row must pass all filters.
    pub(super) fn filter(&mut self, predicate: Predicate) {
        self.spec.filter = Some(match self.spec.filter.take() {
            Some(filter) => filter.and(predicate),
            None => predicate,
        });
    }

    /// Sets the columns to read.
    pub(super) fn select<R>(&mut self, projection: impl Selection<R>) {
        let mut paths = Vec::new();
        projection.paths(&mut paths);
        self.spec.columns = Some(paths);
    }
}

/// The state of a query builder of type `B`. The generated `…Query` holds the state, and the methods of `…Query` return a
/// `B`.
pub struct QueryState<B> {
    draft: Draft,
    builder: PhantomData<fn() -> B>,
}

impl<B> QueryState<B> {
    pub(super) fn new(draft: Draft) -> Self {
        Self { draft, builder: PhantomData }
    }

    pub(super) fn draft(&self) -> &Draft {
        &self.draft
    }

    pub(super) fn into_draft(self) -> Draft {
        self.draft
    }
}

impl<B> fmt::Debug for QueryState<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("QueryState").field(&self.draft.spec).finish()
    }
}

/// A query builder: [`SearchAll`](super::SearchAll) or [`Search`](super::Search).
pub trait Builder: Sized {
    /// Creates a builder from a draft.
    fn from_draft(draft: Draft) -> Self;
}

/// A trait that no type implements. The builders define some methods of `Vec` with this bound, so that the compiler suggests
/// the missing `.await`. If the builders lacked these methods, the compiler would list every trait of the engine that has
/// such a method.
#[diagnostic::on_unimplemented(
    message = "the query has not run yet",
    label = "add `.await?` before this call",
    note = "a query returns its rows when it is awaited; to only count them, write `.count().await?`"
)]
pub trait HasRun {}

/// Adds a filter that keeps the rows whose column equals the value. Called by generated code.
pub fn keep_equal<B: Builder, T, A, V: Operand<T, A>>(
    state: &QueryState<B>,
    column: &'static [&'static str],
    value: V,
) -> B {
    let column: Col<(), T, A> = Handle::at(ColumnPath::new(column));
    let mut draft = state.draft().clone();
    draft.filter(column.eq(value).into_predicate());
    B::from_draft(draft)
}

/// Adds the filter of [`keep_equal`], or no filter for `None`. Called by generated code.
pub fn keep_equal_if_some<B: Builder, T, A, V: Operand<T, A>>(
    state: &QueryState<B>,
    column: &'static [&'static str],
    value: Option<V>,
) -> B {
    match value {
        Some(value) => keep_equal(state, column, value),
        None => B::from_draft(state.draft().clone()),
    }
}

/// Implements the methods that `SearchAll` and `Search` share. The builder has `fn finish(self) -> PreparedQuery`. The
/// builders define `filter` and `matching` themselves, because the compiler would add the macro's expansion to its message
/// about a wrong filter.
macro_rules! query_methods {
    ($builder:ident<R, O $(, $mode:ident: $bound:path)?>) => {
        impl<R: EmbeddingRecord, O $(, $mode)?> $builder<R, O $(, $mode)?> {
            /// Sets the maximum number of rows. By default, `search_all` returns all rows and a search returns 10.
            pub fn limit(self, rows: usize) -> Self {
                self.change(|draft| draft.spec.limit = Some(rows))
            }

            /// Sets the number of rows to skip. The default is 0.
            pub fn offset(self, rows: usize) -> Self {
                self.change(|draft| draft.spec.offset = rows)
            }

            /// Sets the maximum number of rows for each value of a column, or of a tuple of columns:
            /// `.limit_per(|t| t.schema_name, 3)` returns the best three of each schema. Rows in which the value is null share
            /// one limit.
            ///
            /// The result is the same as ranking all rows and then removing the rows beyond the limit for their value. `limit`
            /// and `offset` count the rows that remain. See [the guide](crate::guide::searching) for the cost.
            ///
            /// # Errors
            /// When awaited: `InvalidInput` if the query is read in pages; `Unsupported` on LanceDB's own service, `db://`.
            pub fn limit_per<P: Selection<R>>(self, columns: impl FnOnce(R::Columns) -> P, rows: usize) -> Self
            where
                P::Output: GroupValue,
            {
                let mut paths = Vec::new();
                columns(R::columns()).paths(&mut paths);
                self.change(|draft| draft.spec.limit_per = Some(LimitPer { columns: paths, rows }))
            }

            #[doc(hidden)]
            pub fn len(&self) -> usize
            where
                Self: HasRun,
            {
                0
            }

            #[doc(hidden)]
            pub fn is_empty(&self) -> bool
            where
                Self: HasRun,
            {
                true
            }

            #[doc(hidden)]
            pub fn iter(&self) -> std::iter::Empty<R>
            where
                Self: HasRun,
            {
                std::iter::empty()
            }

            fn new(draft: Draft) -> Self {
                Self { columns: <R::Query<_>>::new(QueryState::new(draft)) }
            }

            fn into_draft(self) -> Draft {
                self.columns.into_state().into_draft()
            }

            fn change(self, change: impl FnOnce(&mut Draft)) -> Self {
                let mut draft = self.into_draft();
                change(&mut draft);
                Self::new(draft)
            }
        }

        impl<R: EmbeddingRecord, O: Output<R> $(, $mode: $bound)?> $builder<R, O $(, $mode)?> {
            /// Runs the query and returns its rows as a `Stream` from the `futures` crate, which yields them as the engine
            /// finds them.
            pub fn stream(self) -> BoxStream<'static, Result<O::Item>>
            where
                O: RowOutput<R>,
            {
                self.finish().rows::<R, O>()
            }

            /// Runs the query and returns the first row, or `None` if there is no row.
            pub fn first(self) -> BoxFuture<'static, Result<Option<O::Item>>>
            where
                O: RowOutput<R>,
            {
                self.limit(1).finish().first::<R, O>()
            }

            /// Runs the query and collects the rows as Arrow batches.
            pub fn arrow(self) -> BoxFuture<'static, Result<Vec<RecordBatch>>>
            where
                O: RowOutput<R>,
            {
                self.finish().arrow()
            }

            /// Runs the query and collects the rows as JSON. The items must implement `Serialize`, as the rows of
            /// `.select_columns(names)` do.
            ///
            /// # Errors
            /// When awaited: also `Decode` for a row that cannot be written as JSON.
            #[cfg(feature = "serde_json")]
            pub fn json(self) -> BoxFuture<'static, Result<Vec<serde_json::Value>>>
            where
                O: RowOutput<R>,
                O::Item: serde::Serialize,
            {
                self.finish().json::<R, O>()
            }

            /// Runs the query and streams the rows as Arrow batches, as the engine produces them.
            pub fn arrow_stream(self) -> BoxFuture<'static, Result<BatchStream>>
            where
                O: RowOutput<R>,
            {
                self.finish().arrow_stream()
            }

            /// Counts the rows that the query returns.
            pub fn count(self) -> BoxFuture<'static, Result<usize>>
            where
                O: RowOutput<R>,
            {
                self.finish().count()
            }

            /// Returns the execution plan of the query as text.
            pub fn explain(self) -> BoxFuture<'static, Result<String>> {
                self.finish().explain()
            }
        }

        impl<R: EmbeddingRecord, O $(, $mode)?> Builder for $builder<R, O $(, $mode)?> {
            fn from_draft(draft: Draft) -> Self {
                Self::new(draft)
            }
        }

        /// Gives access to the methods for each column, which the derive generates.
        impl<R: EmbeddingRecord, O $(, $mode)?> Deref for $builder<R, O $(, $mode)?> {
            type Target = R::Query<QueryState<Self>>;

            fn deref(&self) -> &Self::Target {
                &self.columns
            }
        }

        impl<R: EmbeddingRecord, O: Output<R> $(, $mode: $bound)?> IntoFuture for $builder<R, O $(, $mode)?> {
            type Output = Result<O::Collected>;
            type IntoFuture = BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                self.finish().collect::<R, O>()
            }
        }

        impl<R: EmbeddingRecord, O $(, $mode)?> fmt::Debug for $builder<R, O $(, $mode)?> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($builder)).field(&self.columns.state().draft().spec).finish()
            }
        }
    };
}
pub(super) use query_methods;
