use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::builder;
use super::{
    Distinct, DistinctItem, Execute, Output, QuerySpec, Records, Refine, Selected, Selection, SortKey,
    WithVectors,
};
use crate::error::Result;

/// A query for every row that passes the filters, which [`Store::search_all`](crate::Store::search_all) starts.
///
/// The generated `…Query` wraps it, and has all of its methods and one for each column.
#[must_use = "a query does nothing until it is awaited"]
pub struct SearchAll<R, O = Records> {
    executor: Arc<dyn Execute>,
    spec: QuerySpec,
    types: PhantomData<fn() -> (R, O)>,
}

impl<R> SearchAll<R> {
    /// Creates a query for every row, which `executor` runs.
    pub fn new(executor: Arc<dyn Execute>) -> Self {
        Self { executor, spec: QuerySpec::default(), types: PhantomData }
    }

    /// Also reads the vectors.
    pub fn with_vectors(self) -> SearchAll<R, WithVectors> {
        self.into_output()
    }

    /// Reads only the selected columns.
    pub fn select<P: Selection<R>>(mut self, projection: P) -> SearchAll<R, Selected<P>> {
        let mut paths = Vec::new();
        projection.paths(&mut paths);
        self.spec.columns = Some(paths);
        self.into_output()
    }
}

impl<R, P> SearchAll<R, Selected<P>> {
    /// Returns the distinct values as a `HashSet`. A limit counts rows before duplicates are removed.
    pub fn distinct(self) -> SearchAll<R, Distinct<Selected<P>>>
    where
        P: Selection<R>,
        P::Output: DistinctItem,
    {
        self.into_output()
    }
}

impl<R, O> SearchAll<R, O> {
    /// Adds sort keys. Keys that were added earlier take precedence.
    pub fn order_by(mut self, keys: Vec<SortKey>) -> Self {
        self.spec.order.extend(keys);
        self
    }

    fn into_output<P>(self) -> SearchAll<R, P> {
        SearchAll { executor: self.executor, spec: self.spec, types: PhantomData }
    }
}

impl<R, O: Output<R>> Refine for SearchAll<R, O> {
    type Record = R;
    type Output = O;

    fn spec_mut(&mut self) -> &mut QuerySpec {
        &mut self.spec
    }

    fn into_parts(self) -> (Arc<dyn Execute>, QuerySpec) {
        (self.executor, self.spec)
    }
}

impl<R: 'static, O: Output<R>> IntoFuture for SearchAll<R, O> {
    type Output = Result<O::Collected>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        builder::collect(self)
    }
}

impl<R, O> fmt::Debug for SearchAll<R, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SearchAll").field(&self.spec).finish()
    }
}
