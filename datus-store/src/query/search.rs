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

/// A search: what [`Store::search`](crate::Store::search) and [`Store::search_text`](crate::Store::search_text) start.
///
/// Users see it inside the generated `…Query`, which has all of its methods and one for each column. It returns 10
/// hits unless `limit` says otherwise. `W` is the way: [`ByVector`], [`ByText`] or [`Hybrid`](super::Hybrid).
#[must_use = "a search does nothing until it is awaited"]
pub struct Search<R, O = Hits<Records>, W = ByVector> {
    executor: Arc<dyn Execute>,
    spec: QuerySpec,
    nearest: Option<Nearest>,
    /// The text that is searched for, where there is one.
    text: Option<String>,
    /// What is asked of the words of the rows; without it, the text in all columns.
    full_text: Option<FullText>,
    types: Types<R, O, W>,
}

type Types<R, O, W> = PhantomData<fn() -> (R, O, W)>;

impl<R> Search<R> {
    /// A search of the record's vector number `vector`, answered by `executor`.
    pub fn new(executor: Arc<dyn Execute>, vector: usize, query: (VectorQuery, Option<String>)) -> Self {
        let (query, text) = query;
        Self { nearest: Some(Nearest::new(vector, query)), text, ..Self::empty(executor) }
    }

    /// A search for the rows near to the one that passes the filter, without that one.
    pub fn similar(executor: Arc<dyn Execute>, vector: usize, row: Predicate) -> Self {
        let mut search = Self::new(executor, vector, (VectorQuery::Row(row.clone()), None));
        search.spec.filter = Some(row.not());
        search
    }
}

impl<R> Search<R, Hits<Records>, ByText> {
    /// A full text search, answered by `executor`.
    pub fn by_text(executor: Arc<dyn Execute>, query: Option<FullText>) -> Self {
        Self { full_text: query, ..Self::empty(executor) }
    }
}

impl<R, W> Search<R, Hits<Records>, W> {
    /// Reads the vectors too.
    pub fn with_vectors(self) -> Search<R, Hits<WithVectors>, W> {
        self.into_types()
    }

    /// Reads only the columns of the projection.
    pub fn select<P: Selection<R>>(mut self, projection: P) -> Search<R, Hits<Selected<P>>, W> {
        let mut paths = Vec::new();
        projection.paths(&mut paths);
        self.spec.columns = Some(paths);
        self.into_types()
    }
}

impl<R, O, W: UsesVector> Search<R, O, W> {
    /// Returns hits whose distance is in the range: `..0.5`, `0.1..=0.5`. In a hybrid search, it holds for what is found
    /// by vector.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for an end that is not a finite number, and for a range that holds no number.
    pub fn distance_range(mut self, range: impl RangeBounds<f32>) -> Self {
        match distances(range.start_bound().cloned(), range.end_bound().cloned()) {
            Ok((least, greatest)) => {
                self.set(|nearest| (nearest.min_distance, nearest.max_distance) = (least, greatest))
            }
            Err(fault) => {
                self.spec.fault.get_or_insert(fault);
                self
            }
        }
    }

    /// Looks into exactly so many partitions of a vector index.
    pub fn nprobes(self, partitions: usize) -> Self {
        self.minimum_nprobes(partitions).maximum_nprobes(partitions)
    }

    /// Looks into at least so many partitions of a vector index.
    pub fn minimum_nprobes(self, partitions: usize) -> Self {
        self.set(|nearest| nearest.minimum_nprobes = Some(partitions))
    }

    /// Looks into at most so many partitions of a vector index; 0 for as many as fill the limit.
    pub fn maximum_nprobes(self, partitions: usize) -> Self {
        self.set(|nearest| nearest.maximum_nprobes = Some(partitions))
    }

    /// Reads so many times the limit from a vector index and measures them again with whole vectors.
    pub fn refine_factor(self, factor: u32) -> Self {
        self.set(|nearest| nearest.refine_factor = Some(factor))
    }

    /// Keeps so many candidates in a search of an HNSW index.
    pub fn ef(self, candidates: usize) -> Self {
        self.set(|nearest| nearest.ef = Some(candidates))
    }

    /// Compares with every vector and uses no index.
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

/// The bounds as the engine takes them: the least distance included, the greatest not.
fn distances(start: Bound<f32>, end: Bound<f32>) -> Result<(Option<f32>, Option<f32>), Fault> {
    let ends = [start, end].into_iter().filter_map(|end| match end {
        Bound::Included(end) | Bound::Excluded(end) => Some(end),
        Bound::Unbounded => None,
    });
    if ends.into_iter().any(|end| !end.is_finite()) {
        return Err(Fault {
            message: "an end of the range of distances is not a finite number",
            help: "leave the end out, as in `..0.5` and `0.1..`, where there is no bound",
        });
    }
    let least = match start {
        Bound::Included(least) => Some(least),
        Bound::Excluded(least) => Some(least.next_up()),
        Bound::Unbounded => None,
    };
    // The engine leaves out its upper bound; the next number takes the included end in. After the greatest there is none.
    let greatest = match end {
        Bound::Included(greatest) => Some(greatest.next_up()).filter(|greatest| greatest.is_finite()),
        Bound::Excluded(greatest) => Some(greatest),
        Bound::Unbounded => None,
    };
    match (least, greatest) {
        (Some(least), _) if least.is_infinite() => Err(EMPTY),
        (Some(least), Some(greatest)) if least >= greatest => Err(EMPTY),
        bounds => Ok(bounds),
    }
}

const EMPTY: Fault = Fault {
    message: "the range of distances is empty: its end is not above its start",
    help: "write the least distance first, as in `0.1..0.5`; `..=` includes the end",
};

impl<R: TextSearchable, O, W: UsesText> Search<R, O, W> {
    /// Asks another thing of the words than the search's text in all columns: a query, or that text in some columns.
    pub fn text_query<T: IntoText<R>>(mut self, query: impl FnOnce(R::Texts) -> T) -> Self {
        self.full_text = query(R::texts()).into_text(self.text.as_deref());
        self
    }
}

impl<R: EmbeddingRecord, O, W> Search<R, O, W> {
    /// Lets a reranker put the rows that were found into their final order.
    pub fn rerank(mut self, reranker: impl Reranker + 'static) -> Self {
        self.spec.ranking.set_reranker::<R>(Arc::new(reranker));
        self
    }

    /// Sets how many rows each leg of the search gives to be put into one order.
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

    /// The full text search. What was set for vectors would be lost without a word, so it is an error.
    pub(super) fn without_vector(mut self) -> Search<R, O, ByText> {
        if self.nearest.as_ref().is_some_and(Nearest::has_settings) {
            self.spec.fault.get_or_insert(Fault {
                message: "a full text search compares no vectors and has no settings for them",
                help: "leave the settings of the vector search out, or search by both with `.hybrid()`",
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
