use std::fmt;
use std::future::IntoFuture;
use std::ops::Deref;
use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use super::builder::{HasRun, query_methods};
use super::named::{self, NamedColumns};
use super::run::Finished;
use super::{
    As, BatchStream, Builder, ColumnClosure, Distinct, DistinctItem, Draft, Execute, IntoFilter, IntoOrder,
    Output, Paged, Projection, QueryState, Records, RowOutput, Selected, Selection, WithVectors,
};
use crate::error::Result;
use crate::record::{EmbeddingRecord, QueryMethods};

/// A query for every row that passes the filters, which [`Store::search_all`](crate::Store::search_all) starts.
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
    /// Creates a query for every row, which `executor` runs.
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

    /// Reads only the columns with these names, which may be chosen at run time. A flattened column has the name in the table.
    ///
    /// The query returns [`NamedRow`](super::NamedRow)s; end it with `.json()` or `.arrow()` for JSON or Arrow.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown or repeated name, with the nearest name, and without names.
    pub fn select_columns<N: AsRef<str>>(
        self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<SearchAll<R, NamedColumns>> {
        let paths = named::paths(&R::definition(), names)?;
        Ok(SearchAll::new(self.change(|draft| draft.spec.columns = Some(paths)).into_draft()))
    }

    /// Reads the rows as a struct with `#[derive(Projection)]`, and only its columns: `.select_as::<Summary>()`.
    pub fn select_as<P: Projection<R>>(self) -> SearchAll<R, Selected<As<P>>> {
        self.select(|_| P::selection())
    }
}

impl<R: EmbeddingRecord, P> SearchAll<R, Selected<P>> {
    /// Returns the distinct values as a `HashSet`. A limit counts rows before duplicates are removed.
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

    /// Keeps the rows that pass a filter that is already built: a [`Filter`](super::Filter), or the generated `…Filter`.
    pub fn matching(self, filter: impl IntoFilter<R>) -> Self {
        let predicate = filter.into_filter().into_predicate();
        self.change(|draft| draft.filter(predicate))
    }

    /// Sorts by a column, or by a tuple of columns: `.order_by(|t| t.column.desc())`. Nulls come last. Columns that were
    /// added earlier take precedence.
    pub fn order_by<K: IntoOrder<R>>(self, order: impl FnOnce(R::Columns) -> K) -> Self {
        let keys = order(R::columns()).into_keys();
        self.change(|draft| draft.spec.order.extend(keys))
    }
}

impl<R: EmbeddingRecord, O: Output<R>> SearchAll<R, O> {
    /// Reads a page of at most `rows` rows, with a cursor for the next page: `.page(100).after(&cursor)`. All pages read the
    /// same version of the table, even if the table is written in the meantime.
    pub fn page(self, rows: usize) -> Paged<R, O>
    where
        O: RowOutput<R>,
    {
        Paged::new(self.finish(), rows)
    }

    fn finish(self) -> Finished {
        let Draft { executor, spec, .. } = self.into_draft();
        Finished::new::<R, O>(executor, spec)
    }
}
