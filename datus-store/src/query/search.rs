use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use futures::future::BoxFuture;

use super::builder;
use super::{
    ByText, ByVector, Execute, Fault, FullText, Hits, IntoText, Nearest, Output, Predicate, QuerySpec,
    Records, Refine, Selected, Selection, UsesText, UsesVector, VectorQuery, Way, WithVectors,
};
use crate::error::Result;
use crate::record::{EmbeddingRecord, TextSearchable};
use crate::rerank::Reranker;

/// A search, which [`Store::search`](crate::Store::search) and [`Store::search_text`](crate::Store::search_text) start.
///
/// The generated `…Query` wraps it, and has all of its methods and one for each column. A search returns at most 10 hits
/// unless `limit` sets a different number. `W` is the search mode: [`ByVector`], [`ByText`] or
/// [`Hybrid`](super::Hybrid).
#[must_use = "a search does nothing until it is awaited"]
pub struct Search<R, O = Hits<Records>, W = ByVector> {
    executor: Arc<dyn Execute>,
    spec: QuerySpec,
    nearest: Option<Nearest>,
    /// The query text, or `None` for a search by a vector or a row.
    text: Option<String>,
    /// The full-text query. Without it, a full-text or hybrid search looks for the query text in all columns.
    full_text: Option<FullText>,
    types: Types<R, O, W>,
}

type Types<R, O, W> = PhantomData<fn() -> (R, O, W)>;

impl<R> Search<R> {
    /// Creates a search of the vector at position `vector`, which `executor` runs.
    pub fn new(executor: Arc<dyn Execute>, vector: usize, query: (VectorQuery, Option<String>)) -> Self {
        let (query, text) = query;
        Self { nearest: Some(Nearest::new(vector, query)), text, ..Self::empty(executor) }
    }

    /// Creates a search for the rows that are similar to the row that the filter keeps. The row itself is not a hit.
    pub fn similar(executor: Arc<dyn Execute>, vector: usize, row: Predicate) -> Self {
        let mut search = Self::new(executor, vector, (VectorQuery::Row(row.clone()), None));
        search.spec.filter = Some(row.not());
        search
    }
}

impl<R> Search<R, Hits<Records>, ByText> {
    /// Creates a full-text search, which `executor` runs.
    pub fn by_text(executor: Arc<dyn Execute>, query: Option<FullText>) -> Self {
        Self { full_text: query, ..Self::empty(executor) }
    }
}

impl<R, W> Search<R, Hits<Records>, W> {
    /// Also reads the vectors.
    pub fn with_vectors(self) -> Search<R, Hits<WithVectors>, W> {
        self.into_types()
    }

    /// Reads only the selected columns.
    pub fn select<P: Selection<R>>(mut self, projection: P) -> Search<R, Hits<Selected<P>>, W> {
        let mut paths = Vec::new();
        projection.paths(&mut paths);
        self.spec.columns = Some(paths);
        self.into_types()
    }
}

impl<R, O, W: UsesVector> Search<R, O, W> {
    /// Returns only hits whose distance is in the range: `..0.5`, `0.1..=0.5`. In a hybrid search, the range applies to the
    /// vector leg.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a bound that is not a finite number, and for an empty range.
    pub fn distance_range(mut self, range: impl RangeBounds<f32>) -> Self {
        match distance_bounds(range.start_bound().cloned(), range.end_bound().cloned()) {
            Ok((min, max)) => self.set(|nearest| (nearest.min_distance, nearest.max_distance) = (min, max)),
            Err(fault) => {
                self.spec.fault.get_or_insert(fault);
                self
            }
        }
    }

    /// Searches exactly this number of partitions of a vector index.
    pub fn nprobes(self, partitions: usize) -> Self {
        self.minimum_nprobes(partitions).maximum_nprobes(partitions)
    }

    /// Searches at least this number of partitions of a vector index.
    pub fn minimum_nprobes(self, partitions: usize) -> Self {
        self.set(|nearest| nearest.minimum_nprobes = Some(partitions))
    }

    /// Searches at most this number of partitions of a vector index. 0 means as many as it takes to reach the limit.
    pub fn maximum_nprobes(self, partitions: usize) -> Self {
        self.set(|nearest| nearest.maximum_nprobes = Some(partitions))
    }

    /// Reads `factor` times the limit from a vector index, and reorders these rows by the distances of their uncompressed
    /// vectors.
    pub fn refine_factor(self, factor: u32) -> Self {
        self.set(|nearest| nearest.refine_factor = Some(factor))
    }

    /// Sets the number of candidates that a search of an HNSW index keeps.
    pub fn ef(self, candidates: usize) -> Self {
        self.set(|nearest| nearest.ef = Some(candidates))
    }

    /// Compares the query with every vector, without an index.
    pub fn exact(self) -> Self {
        self.set(|nearest| nearest.exact = true)
    }

    fn set(mut self, change: impl FnOnce(&mut Nearest)) -> Self {
        if let Some(nearest) = &mut self.nearest {
            change(nearest);
        }
        self
    }
}

/// Converts the bounds to those of the engine: an inclusive minimum and an exclusive maximum.
fn distance_bounds(start: Bound<f32>, end: Bound<f32>) -> Result<(Option<f32>, Option<f32>), Fault> {
    let values = [start, end].into_iter().filter_map(|bound| match bound {
        Bound::Included(value) | Bound::Excluded(value) => Some(value),
        Bound::Unbounded => None,
    });
    if values.into_iter().any(|value| !value.is_finite()) {
        return Err(Fault {
            message: "a bound of the distance range is not a finite number",
            help: "leave out the bound, as in `..0.5` or `0.1..`",
        });
    }
    let min = match start {
        Bound::Included(min) => Some(min),
        Bound::Excluded(min) => Some(min.next_up()),
        Bound::Unbounded => None,
    };
    // The engine excludes its maximum, so an inclusive bound becomes the next larger number. The largest number has none.
    let max = match end {
        Bound::Included(max) => Some(max.next_up()).filter(|max| max.is_finite()),
        Bound::Excluded(max) => Some(max),
        Bound::Unbounded => None,
    };
    match (min, max) {
        (Some(min), _) if min.is_infinite() => Err(EMPTY_RANGE),
        (Some(min), Some(max)) if min >= max => Err(EMPTY_RANGE),
        bounds => Ok(bounds),
    }
}

const EMPTY_RANGE: Fault = Fault {
    message: "the distance range is empty: its end is not greater than its start",
    help: "write the smaller distance first, as in `0.1..0.5`; `..=` includes the end",
};

impl<R: TextSearchable, O, W: UsesText> Search<R, O, W> {
    /// Replaces the default full-text query, which looks for the query text in all columns. The closure returns a
    /// full-text query, or the columns in which to look for the query text.
    pub fn text_query<T: IntoText<R>>(mut self, query: impl FnOnce(R::Texts) -> T) -> Self {
        self.full_text = query(R::texts()).into_text(self.text.as_deref());
        self
    }
}

impl<R: EmbeddingRecord, O, W> Search<R, O, W> {
    /// Sets the reranker that determines the final order of the hits.
    pub fn rerank(mut self, reranker: impl Reranker + 'static) -> Self {
        self.spec.ranking.set_reranker::<R>(Arc::new(reranker));
        self
    }

    /// Sets the reranker, which the closure makes from the columns of the record: `|t| Siblings::by(t.database_name)`.
    pub fn rerank_by<K: Reranker + 'static>(self, reranker: impl FnOnce(R::Columns) -> K) -> Self {
        self.rerank(reranker(R::columns()))
    }

    /// Sets the number of rows that each leg of the search passes to the reranker.
    pub fn candidates(mut self, rows: usize) -> Self {
        self.spec.ranking.candidates = Some(rows);
        self
    }
}

impl<R, O, W> Search<R, O, W> {
    fn empty(executor: Arc<dyn Execute>) -> Self {
        let (spec, types) = (QuerySpec::default(), PhantomData);
        Self { executor, spec, nearest: None, text: None, full_text: None, types }
    }

    /// Converts the search to a full-text search. Settings of the vector search would be silently ignored, so they are an
    /// error.
    pub(super) fn without_vector(mut self) -> Search<R, O, ByText> {
        if self.nearest.as_ref().is_some_and(Nearest::has_settings) {
            self.spec.fault.get_or_insert(Fault {
                message: "a full-text search does not compare vectors, so vector settings do not apply",
                help: "remove the vector settings, or use `.hybrid()` to search by vector and text",
            });
        }
        self.nearest = None;
        self.into_types()
    }

    pub(super) fn into_way<V>(self) -> Search<R, O, V> {
        self.into_types()
    }

    fn into_types<P, V>(self) -> Search<R, P, V> {
        let Self { executor, spec, nearest, text, full_text, types: _ } = self;
        Search { executor, spec, nearest, text, full_text, types: PhantomData }
    }
}

impl<R, O: Output<R>, W: Way> Refine for Search<R, O, W> {
    type Record = R;
    type Output = O;

    fn spec_mut(&mut self) -> &mut QuerySpec {
        &mut self.spec
    }

    fn into_parts(self) -> (Arc<dyn Execute>, QuerySpec) {
        let Self { executor, mut spec, nearest, text, full_text, types: _ } = self;
        W::apply(&mut spec, nearest, full_text.or_else(|| text.as_deref().map(FullText::words)));
        spec.ranking.text = text;
        (executor, spec)
    }
}

impl<R: 'static, O: Output<R>, W: Way> IntoFuture for Search<R, O, W> {
    type Output = Result<O::Collected>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        builder::collect(self)
    }
}

impl<R, O, W> fmt::Debug for Search<R, O, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { executor: _, spec, nearest: _, text: _, full_text: _, types: _ } = self;
        f.debug_tuple("Search").field(spec).finish()
    }
}
