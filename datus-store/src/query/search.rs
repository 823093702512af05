use std::fmt;
use std::future::IntoFuture;
use std::ops::{Bound, Deref, RangeBounds};
use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use super::builder::{HasRun, query_methods};
use super::named::{self, NamedColumns};
use super::run::{InvalidQuery, PreparedQuery};
use super::{
    As, BatchStream, Builder, ByText, ByVector, ColumnClosure, Draft, Execute, FullText, GroupValue, Hits,
    Hybrid, IntoFilter, IntoText, LimitPer, Nearest, Output, Predicate, Projection, QueryState, Records,
    RowOutput, SearchMode, Selected, Selection, UsesText, UsesVector, VectorQuery, VectorSettings,
    WithVectors,
};
use crate::error::Result;
use crate::record::{EmbeddingRecord, QueryMethods, Searchable, TextSearchable};
use crate::rerank::Reranker;

/// A search, started by [`Store::search`](crate::Store::search) or [`Store::search_text`](crate::Store::search_text).
///
/// A search returns at most 10 hits unless `limit` sets a different number. `W` is the search mode: [`ByVector`],
/// [`ByText`] or [`Hybrid`].
///
/// It dereferences to the generated `…Query`, so it also has two methods for each column: `.column(value)` keeps the rows
/// whose column equals the value, and `.maybe_column(option)` does so unless the option is `None`. Everything else also
/// works in code that is generic over the record; see [the guide](crate::guide::generic_code).
#[must_use = "a search does nothing until it is awaited"]
pub struct Search<R: EmbeddingRecord, O = Hits<Records>, W = ByVector> {
    columns: R::Query<QueryState<Self>>,
}

query_methods!(Search<R, O, W: SearchMode>);

impl<R: EmbeddingRecord> Search<R> {
    /// Creates a search on the vector column at position `vector`, to be run by `executor`.
    #[doc(hidden)]
    pub fn by_vector(
        executor: Arc<dyn Execute>,
        vector: usize,
        query: (VectorQuery, Option<String>),
    ) -> Self {
        let (query, text) = query;
        Self::new(Draft { nearest: Some(Nearest::new(vector, query)), text, ..Draft::new(executor) })
    }

    /// Creates a search for the rows that are similar to the row that the predicate `row` selects. The row itself is not a
    /// hit.
    #[doc(hidden)]
    pub fn similar(executor: Arc<dyn Execute>, vector: usize, row: Predicate) -> Self {
        let search = Self::by_vector(executor, vector, (VectorQuery::Row(row.clone()), None));
        search.change(|draft| draft.filter(row.not()))
    }
}

impl<R: EmbeddingRecord> Search<R, Hits<Records>, ByText> {
    /// Creates a full-text search, to be run by `executor`.
    #[doc(hidden)]
    pub fn by_text(executor: Arc<dyn Execute>, query: Option<FullText>) -> Self {
        Self::new(Draft { full_text: query, ..Draft::new(executor) })
    }
}

impl<R: EmbeddingRecord, W> Search<R, Hits<Records>, W> {
    /// Also reads the vectors, and returns [`Embedded`](crate::Embedded) records.
    pub fn with_vectors(self) -> Search<R, Hits<WithVectors>, W> {
        Search::new(self.into_draft())
    }

    /// Reads only the selected columns: `.select(|t| t.column)`, or a tuple of columns.
    pub fn select<P: Selection<R>>(
        self,
        select: impl FnOnce(R::Columns) -> P,
    ) -> Search<R, Hits<Selected<P>>, W> {
        let selected = self.change(|draft| draft.select::<R>(select(R::columns())));
        Search::new(selected.into_draft())
    }

    /// Reads only the columns with these names, which can be chosen at run time. Flattened columns are named as in the
    /// table.
    ///
    /// The search returns hits of [`NamedRow`](super::NamedRow)s; end it with `.json()` or `.arrow()` for JSON or Arrow.
    ///
    /// # Errors
    /// `InvalidInput` if a name is unknown or repeated, or if no name is given. The error for an unknown name suggests the
    /// most similar one.
    pub fn select_columns<N: AsRef<str>>(
        self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Search<R, Hits<NamedColumns>, W>> {
        let paths = named::paths(&R::definition(), names)?;
        Ok(Search::new(self.change(|draft| draft.spec.columns = Some(paths)).into_draft()))
    }

    /// Returns the rows as a struct with `#[derive(Projection)]`, and reads only the struct's columns:
    /// `.select_as::<Summary>()`.
    pub fn select_as<P: Projection<R>>(self) -> Search<R, Hits<Selected<As<P>>>, W> {
        self.select(|_| P::selection())
    }
}

impl<R: EmbeddingRecord, O, W> Search<R, O, W> {
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

    /// Converts the search to a full-text search, which scores the `#[datus(fts)]` columns with BM25.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` if the search has settings that apply only to vectors.
    pub fn full_text(self) -> Search<R, O, ByText>
    where
        R: TextSearchable,
    {
        let draft = self.into_draft();
        let settings = draft.nearest.as_ref().map(|nearest| nearest.settings).unwrap_or_default();
        let is_set = settings != VectorSettings::default();
        let invalid = draft.invalid.or_else(|| is_set.then_some(VECTOR_SETTINGS));
        Search::new(Draft { nearest: None, invalid, ..draft })
    }

    /// Sets the reranker that determines the final order of the hits.
    ///
    /// # Errors
    /// When awaited: `Reranker` when the reranker fails, and when it would send a `#[datus(private)]` field to another machine.
    pub fn rerank(self, reranker: impl Reranker + 'static) -> Self {
        self.change(|draft| draft.spec.ranking.set_reranker::<R>(Arc::new(reranker)))
    }

    /// Sets the reranker that a closure creates from the columns of the record: `|t| Siblings::by(t.database_name)`.
    pub fn rerank_by<K: Reranker + 'static>(self, reranker: impl FnOnce(R::Columns) -> K) -> Self {
        self.rerank(reranker(R::columns()))
    }

    /// Sets the number of rows that each leg of a hybrid or reranked search passes to the reranker. The default is 50 or
    /// four times the limit, whichever is greater.
    pub fn candidates(self, rows: usize) -> Self {
        self.change(|draft| draft.spec.ranking.candidates = Some(rows))
    }
}

const VECTOR_SETTINGS: InvalidQuery = InvalidQuery {
    message: "a full-text search does not compare vectors, so vector settings do not apply",
    help: "remove the vector settings, or use `.hybrid()` to search by vector and text",
};

impl<R: EmbeddingRecord, O, W: UsesVector> Search<R, O, W> {
    /// Converts the search to a hybrid search, which combines the scores of a vector search and a full-text search, or
    /// orders their rows by the reranker that `.rerank` sets.
    pub fn hybrid(self) -> Search<R, O, Hybrid>
    where
        R: Searchable + TextSearchable,
    {
        Search::new(self.into_draft())
    }

    /// Returns only hits whose distance is in the range: `..0.5`, `0.1..=0.5`. In a hybrid search, the range applies to the
    /// vector leg.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a bound that is not a finite number, and for an empty range.
    pub fn distance_range(self, range: impl RangeBounds<f32>) -> Self {
        match distance_bounds(range.start_bound().cloned(), range.end_bound().cloned()) {
            Ok((min, max)) => {
                self.set(|settings| (settings.min_distance, settings.max_distance) = (min, max))
            }
            Err(invalid) => self.change(|draft| {
                draft.invalid.get_or_insert(invalid);
            }),
        }
    }

    /// Searches exactly this many partitions of a vector index. More partitions increase both recall and search time.
    pub fn nprobes(self, partitions: usize) -> Self {
        self.minimum_nprobes(partitions).maximum_nprobes(partitions)
    }

    /// Searches at least this many partitions of a vector index. 20 by default.
    pub fn minimum_nprobes(self, partitions: usize) -> Self {
        self.set(|settings| settings.minimum_nprobes = Some(partitions))
    }

    /// Searches at most this many partitions of a vector index. 0 means as many as it takes to reach the limit.
    pub fn maximum_nprobes(self, partitions: usize) -> Self {
        self.set(|settings| settings.maximum_nprobes = Some(partitions))
    }

    /// Reads `factor` times as many rows as the limit from a vector index, and reorders them by the distances of their
    /// uncompressed vectors.
    pub fn refine_factor(self, factor: u32) -> Self {
        self.set(|settings| settings.refine_factor = Some(factor))
    }

    /// Sets the number of candidates that a search of an HNSW index keeps.
    pub fn ef(self, candidates: usize) -> Self {
        self.set(|settings| settings.ef = Some(candidates))
    }

    /// Compares the query with every vector, without an index.
    pub fn exact(self) -> Self {
        self.set(|settings| settings.exact = true)
    }

    fn set(self, change: impl FnOnce(&mut VectorSettings)) -> Self {
        self.change(|draft| {
            if let Some(nearest) = &mut draft.nearest {
                change(&mut nearest.settings);
            }
        })
    }
}

/// Converts the bounds to those of the engine: an inclusive minimum and an exclusive maximum.
fn distance_bounds(start: Bound<f32>, end: Bound<f32>) -> Result<(Option<f32>, Option<f32>), InvalidQuery> {
    let values = [start, end].into_iter().filter_map(|bound| match bound {
        Bound::Included(value) | Bound::Excluded(value) => Some(value),
        Bound::Unbounded => None,
    });
    if values.into_iter().any(|value| !value.is_finite()) {
        return Err(InvalidQuery {
            message: "a bound of the distance range is not a finite number",
            help: "leave out the bound, as in `..0.5` or `0.1..`",
        });
    }
    let min = match start {
        Bound::Included(min) => Some(min),
        Bound::Excluded(min) => Some(min.next_up()),
        Bound::Unbounded => None,
    };
    // The engine excludes its maximum, so an inclusive bound becomes the next larger number. If that is not finite, there is no
    // maximum.
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

const EMPTY_RANGE: InvalidQuery = InvalidQuery {
    message: "the distance range is empty: its end is not greater than its start",
    help: "write the smaller distance first, as in `0.1..0.5`; `..=` includes the end",
};

const NO_LENGTH: InvalidQuery = InvalidQuery {
    message: "a highlight of 0 characters has no text",
    help: "pass the maximum number of characters, as in `.highlight(150)`",
};

impl<R: TextSearchable, O, W: UsesText> Search<R, O, W> {
    /// Replaces the default full-text query, which looks for the query text in all columns. The closure returns a query,
    /// such as `|t| t.title.phrase("…")`, or the columns in which to look for the query text, such as
    /// `|t| t.title.boost(2.0).with(t.body)`.
    pub fn text_query<T: IntoText<R>>(self, query: impl FnOnce(R::Texts) -> T) -> Self {
        self.change(|draft| draft.full_text = query(R::texts()).into_text(draft.text.as_deref()))
    }

    /// Returns each hit with the parts of its texts that match the query. Each part is shortened to at most `length`
    /// characters around the best matches. [`Hit::highlights`](super::Hit::highlights) returns one part for each searched
    /// column with a match.
    ///
    /// Texts are tokenized the same way as in the index of the column, so a match can have a different ending or spelling
    /// than the query. The texts are read even if the search selects other columns. With `usize::MAX`, they are not
    /// shortened.
    ///
    /// ```
    /// # use datus_store::{Database, EmbeddingRecord, model::HashingModel};
    /// #[derive(EmbeddingRecord)]
    /// struct Recipe {
    ///     title: String,
    ///     #[datus(fts)]
    ///     body: String,
    /// }
    ///
    /// # #[cfg(feature = "store")]
    /// # datus_store::block_on(async {
    /// # let db = Database::connect("memory://").await?;
    /// # let recipes = db.store::<Recipe>(()).await?;
    /// # recipes.add([Recipe { title: "Soup".into(), body: "Halve and roast the tomatoes.".into() }]).await?;
    /// # recipes.create_indexes().await?;
    /// let hits = recipes
    ///     .search_text(|t| t.body.matches("roasted tomato"))
    ///     .highlight(150)
    ///     .select(|t| t.title)
    ///     .await?;
    /// let highlight = &hits[0].highlights()[0];
    /// assert_eq!(highlight.marked("*", "*"), "Halve and *roast* the *tomatoes*.");
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a length of 0, and `Unsupported` if the tokenizer of an index is unknown.
    pub fn highlight(self, length: usize) -> Self {
        self.change(|draft| {
            draft.spec.highlight = Some(length);
            if length == 0 {
                draft.invalid.get_or_insert(NO_LENGTH);
            }
        })
    }
}

impl<R: EmbeddingRecord, O: Output<R>, W: SearchMode> Search<R, O, W> {
    /// Runs the search, and returns the hits and a [`Receipt`](super::Receipt) for the search.
    ///
    /// The receipt implements `Serialize` and `Deserialize`. [`Store::replay`](crate::Store::replay) returns the same hits
    /// for it, even after later writes, until the version of the table is removed. [`Store::pin`](crate::Store::pin) keeps
    /// the version.
    ///
    /// ```
    /// use datus_store::model::HashingModel;
    /// use datus_store::{Database, EmbeddingRecord, Receipt, Store};
    ///
    /// #[derive(Debug, PartialEq, EmbeddingRecord)]
    /// struct Note {
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let notes: Store<Note> = db.store(HashingModel::default()).await?;
    /// notes.add([Note { text: "water the plants".into() }]).await?;
    ///
    /// let (hits, receipt) = notes.search("plants").limit(3).with_receipt().await?;
    /// let stored: String = serde_json::to_string(&receipt).expect("a receipt is a plain value");
    /// notes.delete().all_rows().await?;
    ///
    /// let receipt: Receipt = serde_json::from_str(&stored).expect("unchanged");
    /// assert_eq!(notes.replay(&receipt).await?, hits);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: the same errors as the search, and `Unsupported` on LanceDB's own service, `db://`.
    #[cfg(feature = "store")]
    pub fn with_receipt(self) -> BoxFuture<'static, Result<(O::Collected, super::Receipt)>> {
        self.finish().collect_with_receipt::<R, O>()
    }

    pub(super) fn finish(self) -> PreparedQuery {
        let Draft { executor, mut spec, nearest, text, full_text, invalid } = self.into_draft();
        W::apply(&mut spec, nearest, full_text.or_else(|| text.as_deref().map(FullText::matching)));
        spec.ranking.text = text;
        PreparedQuery::new::<R, O>(executor, "search", spec, invalid)
    }
}
