use super::Store;
use crate::query::{IntoSearchQuery, Search, VectorCol};
use crate::record::Searchable;

impl<R: Searchable> Store<R> {
    /// Searches another vector than the only one: `.search_on(|v| v.title, "the question")`.
    ///
    /// See [`search`](Store::search).
    pub fn search_on<M>(
        &self,
        vector: impl FnOnce(R::Vectors) -> VectorCol<R, M>,
        query: impl IntoSearchQuery<M>,
    ) -> R::Query<Search<R>> {
        let vector = vector(R::vectors()).index();
        R::query(Search::new(self.core() as _, vector, query.into_query().into_untyped()))
    }
}

impl<R: crate::record::EmbeddingRecord> Store<R> {
    /// Starts a search for the rows whose vector is nearest to the query, nearest first.
    ///
    /// The query is a text, which the model embeds as a query, or an [`Embedding`](crate::Embedding) of the same model.
    /// It returns 10 hits unless `.limit` says otherwise. Rows without text have no vector and are never returned. The
    /// builder has everything that [`search_all`](Store::search_all) has but an order, and `.distance_range`, `.exact`
    /// and the settings of a vector index.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a blank text, or a vector of another model or size; `Model` when the model fails;
    /// `Engine` when the storage fails.
    pub fn search<Q>(&self, query: Q) -> R::Query<Search<R>>
    where
        R: Searchable,
        Q: IntoSearchQuery<R::Model>,
    {
        R::query(Search::new(self.core() as _, 0, query.into_query().into_untyped()))
    }
}
