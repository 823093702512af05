//! Searches over several stores, which run concurrently and return their hits in one list.

mod one_of;
mod order;
mod request;
mod run;
mod texts;

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use futures::future::BoxFuture;

pub use self::one_of::{Of2, Of3, Of4, Of5, Of6, Searches};
pub use self::request::OneSearch;
use self::run::Settings;
use super::Hit;
use crate::error::Result;
use crate::rerank::Reranker;

/// Runs 2 to 6 searches concurrently, and returns their hits in one list: `search_all_of((tables.search(question),
/// metrics.search(question)))`.
///
/// Each search is self-contained: it has its own store with its own model, scope and view, and its own filters, mode and
/// selected columns. A hit's record is an [`Of2`] to [`Of6`], with a variant for each search. A text that several searches
/// share is embedded once for each [`ModelIdentity`](crate::model::ModelIdentity).
///
/// Distances and scores from different models cannot be compared, so the hits are fused by their ranks, with [reciprocal rank
/// fusion](crate::rerank::Rrf). Each hit is ranked only in its own search, so the list starts with the first hit of each
/// search, in the order of the tuple, followed by the second hits. A row that two searches find appears in the list twice.
/// [`rerank`](SearchAllOf::rerank) orders the hits by their texts instead. The score of a hit is the fused score.
/// [`Hit::explain`] returns the ranks and scores of the hit in its own search, and [`Hit::table`] returns the name of its
/// table.
///
/// The list has at most 10 hits unless [`limit`](SearchAllOf::limit) sets a different number. A search with its own limit
/// adds at most that number of hits to the list. The other searches use the limit of the list, or with a reranker, the
/// number set by [`candidates`](SearchAllOf::candidates).
///
#[cfg_attr(feature = "store", doc = "```")]
#[cfg_attr(not(feature = "store"), doc = "```text")]
/// use datus_store::model::HashingModel;
/// use datus_store::{Database, EmbeddingRecord, Of2, Store, search_all_of};
///
/// #[derive(EmbeddingRecord)]
/// struct Table {
///     schema: String,
///     #[datus(embed)]
///     definition: String,
/// }
///
/// #[derive(EmbeddingRecord)]
/// struct Metric {
///     #[datus(embed)]
///     description: String,
/// }
///
/// # datus_store::block_on(async {
/// let db = Database::connect("memory://").await?;
/// let tables: Store<Table> = db.store(HashingModel::default()).await?;
/// let metrics: Store<Metric> = db.store(HashingModel::default()).await?;
/// tables.add([Table { schema: "sales".into(), definition: "orders with their revenue".into() }]).await?;
/// metrics.add([Metric { description: "the revenue of a month".into() }]).await?;
///
/// let question = "monthly revenue";
/// let hits = search_all_of((tables.search(question).schema("sales"), metrics.search(question))).await?;
/// for hit in &hits {
///     match &hit.record {
///         Of2::A(table) => println!("table: {}", table.definition),
///         Of2::B(metric) => println!("metric: {}", metric.description),
///     }
/// }
/// assert_eq!((hits.len(), hits[0].table()), (2, Some("table")));
/// # Ok::<(), datus_store::Error>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// When awaited: the errors of the searches. The message ends with the number of the search, and
/// [`Error::table`](crate::Error::table) returns its table. If one search fails, no hits are returned.
pub fn search_all_of<S: Searches>(searches: S) -> SearchAllOf<S> {
    let settings = Settings { limit: DEFAULT_LIMIT, candidates: None, reranker: None };
    SearchAllOf { searches, settings }
}

/// The maximum number of hits if [`SearchAllOf::limit`] is not called.
const DEFAULT_LIMIT: usize = 10;

/// Several searches that run concurrently when awaited. Created by [`search_all_of`].
#[must_use = "the searches do nothing until they are awaited"]
pub struct SearchAllOf<S> {
    searches: S,
    settings: Settings,
}

impl<S> SearchAllOf<S> {
    /// Sets the maximum number of hits. The default is 10.
    pub fn limit(mut self, hits: usize) -> Self {
        self.settings.limit = hits;
        self
    }

    /// Orders the hits of all searches by a reranker that reads texts, such as a
    /// [`CrossEncoder`](crate::rerank::CrossEncoder) or a [`RemoteReranker`](crate::rerank::RemoteReranker).
    ///
    /// The text of a row is the source text of its searched vector, or in a full-text search, the text of the searched
    /// columns. It is read even if the search selects other columns. Hits with equal scores stay in the order of their
    /// ranks. All searches with a query text must use the same text.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a reranker that does not read texts or also reads vectors or columns, and for searches
    /// with different query texts; `Reranker` when the reranker fails, and when it would send a `#[datus(private)]` text to
    /// another machine.
    pub fn rerank(mut self, reranker: impl Reranker + 'static) -> Self {
        self.settings.reranker = Some(Arc::new(reranker));
        self
    }

    /// Sets the number of hits that each search without its own limit passes to the reranker. The default is 50 or four times
    /// the limit, whichever is greater.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for 0, and if no reranker is set.
    pub fn candidates(mut self, hits: usize) -> Self {
        self.settings.candidates = Some(hits);
        self
    }
}

impl<S: Searches> IntoFuture for SearchAllOf<S> {
    type Output = Result<Vec<Hit<S::Row>>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { searches, settings } = self;
        let requests = searches.into_requests();
        Box::pin(async move {
            let (found, ranked) = run::run(requests, settings).await?;
            let hits = S::decode(&found)?;
            Ok(order::in_order(hits, ranked))
        })
    }
}

impl<S> fmt::Debug for SearchAllOf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SearchAllOf").field(&self.settings).finish()
    }
}
