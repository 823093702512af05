use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use futures::future::BoxFuture;

use super::builder;
use super::{
    Execute, Hits, Nearest, Output, QuerySpec, Records, Refine, Selected, Selection, VectorQuery, WithVectors,
};
use crate::error::Result;
use crate::model::ModelBinding;
use crate::record::Embedding;

/// A search for the rows nearest to a query: what [`Store::search`](crate::Store::search) starts.
///
/// Users see it inside the generated `…Query`, which has all of its methods and one for each column. It returns 10
/// hits unless `limit` says otherwise.
#[must_use = "a search does nothing until it is awaited"]
pub struct Search<R, O = Hits<Records>> {
    executor: Arc<dyn Execute>,
    spec: QuerySpec,
    nearest: Nearest,
    types: PhantomData<fn() -> (R, O)>,
}

impl<R> Search<R> {
    /// A search of the record's vector number `vector`, answered by `executor`.
    pub fn new(executor: Arc<dyn Execute>, vector: usize, query: VectorQuery) -> Self {
        let nearest = Nearest::new(vector, query);
        Self { executor, spec: QuerySpec::default(), nearest, types: PhantomData }
    }

    /// Reads the vectors too.
    pub fn with_vectors(self) -> Search<R, Hits<WithVectors>> {
        self.into_output()
    }

    /// Reads only the columns of the projection.
    pub fn select<P: Selection<R>>(mut self, projection: P) -> Search<R, Hits<Selected<P>>> {
        let mut paths = Vec::new();
        projection.paths(&mut paths);
        self.spec.columns = Some(paths);
        self.into_output()
    }
}

impl<R, O> Search<R, O> {
    /// Returns hits whose distance is in the range: `..0.5`, `0.1..=0.5`.
    pub fn distance_range(mut self, range: impl RangeBounds<f32>) -> Self {
        let bound = |bound: Bound<&f32>| match bound {
            Bound::Included(&value) | Bound::Excluded(&value) => Some(value),
            Bound::Unbounded => None,
        };
        self.nearest.min_distance = bound(range.start_bound());
        // The engine leaves out its upper bound; the next number takes the included end in.
        self.nearest.max_distance = match range.end_bound() {
            Bound::Included(value) => Some(value.next_up()),
            end => bound(end),
        };
        self
    }

    /// Looks into exactly so many partitions of a vector index.
    pub fn nprobes(mut self, partitions: usize) -> Self {
        self.nearest.minimum_nprobes = Some(partitions);
        self.nearest.maximum_nprobes = Some(partitions);
        self
    }

    /// Looks into at least so many partitions of a vector index.
    pub fn minimum_nprobes(mut self, partitions: usize) -> Self {
        self.nearest.minimum_nprobes = Some(partitions);
        self
    }

    /// Looks into at most so many partitions of a vector index; 0 for as many as fill the limit.
    pub fn maximum_nprobes(mut self, partitions: usize) -> Self {
        self.nearest.maximum_nprobes = Some(partitions);
        self
    }

    /// Reads so many times the limit from a vector index and measures them again with whole vectors.
    pub fn refine_factor(mut self, factor: u32) -> Self {
        self.nearest.refine_factor = Some(factor);
        self
    }

    /// Keeps so many candidates in a search of an HNSW index.
    pub fn ef(mut self, candidates: usize) -> Self {
        self.nearest.ef = Some(candidates);
        self
    }

    /// Compares with every vector and uses no index.
    pub fn exact(mut self) -> Self {
        self.nearest.exact = true;
        self
    }

    fn into_output<P>(self) -> Search<R, P> {
        Search { executor: self.executor, spec: self.spec, nearest: self.nearest, types: PhantomData }
    }
}

impl<R, O: Output<R>> Refine for Search<R, O> {
    type Record = R;
    type Output = O;

    fn spec_mut(&mut self) -> &mut QuerySpec {
        &mut self.spec
    }

    fn into_parts(mut self) -> (Arc<dyn Execute>, QuerySpec) {
        self.spec.nearest = Some(self.nearest);
        (self.executor, self.spec)
    }
}

impl<R: 'static, O: Output<R>> IntoFuture for Search<R, O> {
    type Output = Result<O::Collected>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        builder::collect(self)
    }
}

impl<R, O> fmt::Debug for Search<R, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { executor: _, spec, nearest: _, types: _ } = self;
        f.debug_tuple("Search").field(spec).finish()
    }
}

/// What can be searched for in a vector column of model `M`: a text, which is embedded as a query, or an
/// [`Embedding`] of that model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be searched for in a vector of `{M}`",
    label = "expected a text, or an `Embedding<{M}>`",
    note = "vectors of different models cannot be compared: embed the query with the model of the column",
    note = "a vector computed elsewhere is `Embedding::<Tag>::new(values)?`, or `Embedding::of(\"model id\", values)` where `Dynamic` stands for any model"
)]
pub trait IntoSearchQuery<M> {
    /// The query.
    fn into_query(self) -> SearchQuery<M>;
}

/// A query for a vector column of model `M`.
#[derive(Debug)]
pub struct SearchQuery<M> {
    query: VectorQuery,
    model: PhantomData<fn() -> M>,
}

impl<M> SearchQuery<M> {
    fn new(query: VectorQuery) -> Self {
        Self { query, model: PhantomData }
    }

    /// The untyped query.
    pub fn into_untyped(self) -> VectorQuery {
        self.query
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for &str {
    fn into_query(self) -> SearchQuery<M> {
        SearchQuery::new(VectorQuery::Text(self.to_owned()))
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for &String {
    fn into_query(self) -> SearchQuery<M> {
        self.as_str().into_query()
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for String {
    fn into_query(self) -> SearchQuery<M> {
        SearchQuery::new(VectorQuery::Text(self))
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for Embedding<M> {
    fn into_query(self) -> SearchQuery<M> {
        let model = self.model().to_owned();
        SearchQuery::new(VectorQuery::Vector { model, values: self.into_values() })
    }
}

impl<M: ModelBinding> IntoSearchQuery<M> for &Embedding<M> {
    fn into_query(self) -> SearchQuery<M> {
        self.clone().into_query()
    }
}
