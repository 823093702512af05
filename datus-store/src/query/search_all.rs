use std::fmt;
use std::future::IntoFuture;
use std::ops::Deref;
use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use super::builder::{HasRun, query_methods};
use super::extreme::first_value;
use super::named::{self, NamedColumns};
use super::run::{InvalidQuery, PreparedQuery};
use super::{
    As, BatchStream, Builder, ColumnClosure, CountBy, Distinct, DistinctItem, Draft, Execute, GroupValue,
    IntoFilter, IntoOrder, LimitPer, Ordered, Output, Paged, Projection, QuerySpec, QueryState, Records,
    RowOutput, Selected, Selection, SortDirection, WithVectors,
};
use crate::error::Result;
use crate::record::{Col, Column, EmbeddingRecord, QueryMethods};

/// A query for every row that passes the filters, started by [`Store::search_all`](crate::Store::search_all).
///
/// It dereferences to the generated `…Query`, so it also has two methods for each column: `.column(value)` keeps the rows
/// whose column equals the value, and `.maybe_column(option)` does so unless the option is `None`. Everything else also
/// works in code that is generic over the record; see [the guide](crate::guide::generic_code).
#[must_use = "a query does nothing until it is awaited"]
pub struct SearchAll<R: EmbeddingRecord, O = Records> {
    columns: R::Query<QueryState<Self>>,
}

query_methods!(SearchAll<R, O>);

impl<R: EmbeddingRecord> SearchAll<R> {
    /// Creates a query for every row, to be run by `executor`.
    #[doc(hidden)]
    pub fn every_row(executor: Arc<dyn Execute>) -> Self {
        Self::new(Draft::new(executor))
    }

    /// Also reads the vectors, and returns [`Embedded`](crate::Embedded) records.
    pub fn with_vectors(self) -> SearchAll<R, WithVectors> {
        SearchAll::new(self.into_draft())
    }

    /// Reads only the selected columns: `.select(|t| t.column)`, or a tuple of columns.
    pub fn select<P: Selection<R>>(self, select: impl FnOnce(R::Columns) -> P) -> SearchAll<R, Selected<P>> {
        let selected = self.change(|draft| draft.select::<R>(select(R::columns())));
        SearchAll::new(selected.into_draft())
    }

    /// Counts the rows for each value of a column: `.count_by(|t| t.topic)`. With a tuple of columns, it counts the rows for
    /// each combination of values.
    ///
    /// The result is a list of values, each with its number of rows. The most frequent values come first; equally frequent
    /// ones are in ascending order, with null last. [`limit`](CountBy::limit) keeps only the first values. `order_by` has no
    /// effect.
    ///
    /// **Cost:** the engine reads these columns and those of the filter, and the counts are exact. The memory that it uses
    /// grows with the number of distinct values, not with the number of rows.
    ///
    #[cfg_attr(feature = "store", doc = "```")]
    #[cfg_attr(not(feature = "store"), doc = "```text")]
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Table { schema: String, name: String, rows: i64 }
    ///
    /// # datus_store::block_on(async {
    /// let tables: Store<Table> = Database::connect("memory://").await?.store(()).await?;
    /// let table = |schema: &str, name: &str, rows| Table { schema: schema.into(), name: name.into(), rows };
    /// tables.add([table("sales", "orders", 7), table("sales", "refunds", 2), table("staff", "people", 3)]).await?;
    ///
    /// let schemas = tables.search_all().count_by(|t| t.schema).await?;
    /// assert_eq!(schemas, [("sales".to_owned(), 2), ("staff".to_owned(), 1)]);
    /// let large = tables.search_all().filter(|t| t.rows.gt(2)).count_by(|t| (t.schema, t.name)).limit(1).await?;
    /// assert_eq!(large, [(("sales".to_owned(), "orders".to_owned()), 1)]);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a query with `limit`, `offset` or `limit_per`; `Engine` when the storage fails.
    pub fn count_by<P>(self, columns: impl FnOnce(R::Columns) -> P) -> CountBy<R, P>
    where
        P: Selection<R>,
        P::Output: GroupValue,
    {
        CountBy::new(self.of_all_rows(), columns(R::columns()))
    }

    /// Returns the smallest value of a column, or `None` if no row has a value: `.min(|t| t.year)`. Nulls are ignored. NaN
    /// counts as the largest value.
    ///
    /// **Cost:** the engine reads this column and those of the filter.
    ///
    #[cfg_attr(feature = "store", doc = "```")]
    #[cfg_attr(not(feature = "store"), doc = "```text")]
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Book { title: String, year: Option<i32> }
    ///
    /// # datus_store::block_on(async {
    /// let books: Store<Book> = Database::connect("memory://").await?.store(()).await?;
    /// books.add([Some(1847), None, Some(1813)].map(|year| Book { title: "A novel".into(), year })).await?;
    ///
    /// assert_eq!(books.search_all().min(|t| t.year).await?, Some(1813));
    /// assert_eq!(books.search_all().max(|t| t.year).await?, Some(1847));
    /// assert_eq!(books.search_all().title("A poem").max(|t| t.year).await?, None);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a query with `limit`, `offset` or `limit_per`; `Engine` when the storage fails.
    pub fn min<T, A>(
        self,
        column: impl FnOnce(R::Columns) -> Col<R, T, A>,
    ) -> BoxFuture<'static, Result<Option<T::Bound>>>
    where
        T: Ordered<A> + 'static,
        A: 'static,
        T::Bound: Column<T::Storage>,
    {
        Box::pin(first_value(self.of_all_rows(), column(R::columns()), SortDirection::Ascending))
    }

    /// Returns the largest value of a column, or `None` if no row has a value. See [`min`](Self::min).
    ///
    /// # Errors
    /// The same errors as [`min`](Self::min).
    pub fn max<T, A>(
        self,
        column: impl FnOnce(R::Columns) -> Col<R, T, A>,
    ) -> BoxFuture<'static, Result<Option<T::Bound>>>
    where
        T: Ordered<A> + 'static,
        A: 'static,
        T::Bound: Column<T::Storage>,
    {
        Box::pin(first_value(self.of_all_rows(), column(R::columns()), SortDirection::Descending))
    }

    /// Returns the query, which is invalid if it has `limit`, `offset` or `limit_per`.
    fn of_all_rows(self) -> PreparedQuery {
        let limited = |spec: &QuerySpec| spec.limit.is_some() || spec.offset > 0 || spec.limit_per.is_some();
        let query = self.change(|draft| {
            if limited(&draft.spec) {
                draft.invalid.get_or_insert(LIMITED_ROWS);
            }
        });
        query.finish()
    }

    /// Reads only the columns with these names, which can be chosen at run time. For a flattened column, use its name in the
    /// table.
    ///
    /// The query returns [`NamedRow`](super::NamedRow)s; end it with `.json()` or `.arrow()` for JSON or Arrow.
    ///
    /// # Errors
    /// `InvalidInput` if a name is unknown or repeated, or if no name is given. The error for an unknown name suggests
    /// the nearest one.
    pub fn select_columns<N: AsRef<str>>(
        self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<SearchAll<R, NamedColumns>> {
        let paths = named::paths(&R::definition(), names)?;
        Ok(SearchAll::new(self.change(|draft| draft.spec.columns = Some(paths)).into_draft()))
    }

    /// Returns the rows as a struct with `#[derive(Projection)]`, and reads only the struct's columns:
    /// `.select_as::<Summary>()`.
    pub fn select_as<P: Projection<R>>(self) -> SearchAll<R, Selected<As<P>>> {
        self.select(|_| P::selection())
    }
}

const LIMITED_ROWS: InvalidQuery = InvalidQuery {
    message: "an aggregate over all rows cannot be combined with a row limit or offset",
    help: "remove `.limit`, `.offset` and `.limit_per` before `.count_by`, `.min` or `.max`; `.count_by(…).limit(n)` limits the \
           values",
};

impl<R: EmbeddingRecord, P> SearchAll<R, Selected<P>> {
    /// Returns the distinct values as a `HashSet`. A limit applies before duplicates are removed.
    pub fn distinct(self) -> SearchAll<R, Distinct<Selected<P>>>
    where
        P: Selection<R>,
        P::Output: DistinctItem,
    {
        SearchAll::new(self.into_draft())
    }
}

impl<R: EmbeddingRecord, O> SearchAll<R, O> {
    /// Keeps the rows that pass the filter: `.filter(|t| t.column.eq(value))`. A row must pass all filters.
    pub fn filter<F: IntoFilter<R>>(self, filter: impl ColumnClosure<R, F>) -> Self {
        self.matching(filter(R::columns()))
    }

    /// Keeps the rows that pass a filter that has already been built: a [`Filter`](super::Filter), or the generated
    /// `…Filter`. For an optional filter, pass a `…Filter`, whose default keeps every row, or `Filter::all()`.
    pub fn matching(self, filter: impl IntoFilter<R>) -> Self {
        let predicate = filter.into_filter().into_predicate();
        self.change(|draft| draft.filter(predicate))
    }

    /// Sorts by a column, or by a tuple of columns: `.order_by(|t| t.column.desc())`. Nulls come last. Columns from earlier
    /// calls take precedence.
    pub fn order_by<K: IntoOrder<R>>(self, order: impl FnOnce(R::Columns) -> K) -> Self {
        let keys = order(R::columns()).into_keys();
        self.change(|draft| draft.spec.order.extend(keys))
    }
}

impl<R: EmbeddingRecord, O: Output<R>> SearchAll<R, O> {
    /// Reads a page of at most `rows` rows, with a cursor for the next page: `.page(100).after(&cursor)`. All pages read the
    /// same version of the table, even if the table is written to in the meantime.
    pub fn page(self, rows: usize) -> Paged<R, O>
    where
        O: RowOutput<R>,
    {
        Paged::new(self.finish(), rows)
    }

    fn finish(self) -> PreparedQuery {
        let Draft { executor, spec, invalid, .. } = self.into_draft();
        PreparedQuery::new::<R, O>(executor, "search_all", spec, invalid)
    }
}
