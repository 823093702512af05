use std::fmt;
use std::marker::PhantomData;

use crate::model::ModelBinding;
use crate::query::{ByText, Hits, IntoKey, IntoSearchQuery, IntoText, Records, Search, VectorCol};
use crate::record::{EmbeddingRecord, Keyed, Searchable, TextSearchable};
use crate::store::Store;
use crate::store::access::{Reads, ReadsByKey, WholeTable};
use crate::store::restriction::row_of;

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Starts a search for the rows whose vectors are nearest to the query, nearest first.
    ///
    /// The query is text (which the model embeds as a query), an [`Embedding`](crate::Embedding) of the same model, or
    /// both as a tuple, `(text, vector)`. A search returns 10 hits by default; `.limit` changes this. Rows without text have
    /// no vector and are never returned. If the column has [several vectors](crate::guide::searching) for each row, a row is
    /// found by the nearest of them. The query can have several vectors too: [`Embedding::multi`](crate::Embedding::multi).
    /// The builder has all methods of [`search_all`](Store::search_all) except those that set an order. It also has
    /// `.distance_range`, `.exact` and the settings of a vector index.
    ///
    /// On a record with `#[datus(fts)]`, `.full_text()` compares words instead of vectors, and `.hybrid()` compares
    /// both. `.rerank(…)` changes the order of the hits. See [the guide](crate::guide::searching).
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for blank query text, a vector of a different model or size, or a range of distances in
    /// an inexact search of a column with several vectors per row; `MissingIndex` for a full-text search of a column without
    /// a full-text index; `Model` when the model fails; `Reranker` when the reranker fails; `TableNotFound` when the table
    /// was dropped; `TableChanged` when another program changed it; `Engine` when the storage fails.
    pub fn search<Q>(&self, query: Q) -> Search<R>
    where
        R: Searchable,
        A: Reads<R>,
        Q: IntoSearchQuery<R::Model>,
    {
        Search::by_vector(self.rows.reader(), 0, query.into_query().into_untyped())
    }

    /// Starts a full-text search with BM25 over the columns with `#[datus(fts)]`. The best hits come first.
    ///
    /// `t` has these columns. `t.all()` searches all of them, as `store.search("…").full_text()` does. A search
    /// returns 10 hits by default; `.limit` changes this.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Recipe {
    ///     #[datus(fts)]
    ///     title: String,
    ///     #[datus(fts(with_position = true))]
    ///     body: String,
    /// }
    ///
    /// # async fn find(recipes: Store<Recipe>) -> datus_store::Result<()> {
    /// recipes.search_text(|t| t.all().matches("tomato soup")).await?;
    /// recipes.search_text(|t| t.title.boost(2.0).with(t.body).matches_all("tomato soup")).limit(5).await?;
    /// recipes.search_text(|t| t.body.phrase("roast the tomatoes").must_not(t.body.matches("cream"))).await?;
    /// recipes.search_text(|t| t.title.fuzzy("tomatoe", 1)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for query text that is blank, is longer than 1 MiB, or consists only of stop words, for
    /// a query that exceeds its [limits](crate::TextQuery), and for a phrase in a column whose index does not store word
    /// positions; `MissingIndex` for a column without a full-text index, and for `fuzzy` when more than 100,000 rows are
    /// newer than the index; `Engine` when the storage fails.
    pub fn search_text<T>(&self, query: impl FnOnce(R::Texts) -> T) -> Search<R, Hits<Records>, ByText>
    where
        R: TextSearchable,
        A: Reads<R>,
        T: IntoText<R>,
    {
        Search::by_text(self.rows.reader(), query(R::texts()).into_text(None))
    }

    /// Starts a search for the rows whose vectors are nearest to the vector of the row with this key. The search does not
    /// return that row.
    ///
    /// A key of several columns is a tuple, in the order of `#[datus(key(a, b))]`. If the row has several vectors, each of
    /// them is compared.
    ///
    /// # Errors
    /// Fails with the same errors as [`search`](Self::search), with `RowNotFound` when no row has the key, and with
    /// `InvalidInput` when the row has no vector.
    pub fn similar_to<K>(&self, key: K) -> Search<R>
    where
        R: Searchable + Keyed,
        R::Model: ModelBinding,
        A: ReadsByKey<R>,
        K: IntoKey<R::Key>,
    {
        Search::similar(self.rows.reader(), 0, row_of::<R>(key))
    }
}

impl<R: Searchable, A> Store<R, A> {
    /// Selects the vector to search, on a record with several vectors: `store.vector(|v| v.title).search("the
    /// question")`.
    pub fn vector<M>(&self, vector: impl FnOnce(R::Vectors) -> VectorCol<R, M>) -> VectorSearch<'_, R, M, A>
    where
        A: Reads<R>,
    {
        VectorSearch { store: self, vector: vector(R::vectors()).index(), model: PhantomData }
    }
}

/// A vector of a record, selected for a search. Returned by [`Store::vector`].
#[must_use = "a vector is searched with `.search(…)` or `.similar_to(…)`"]
pub struct VectorSearch<'a, R, M, A = WholeTable> {
    store: &'a Store<R, A>,
    vector: usize,
    model: PhantomData<fn() -> M>,
}

impl<R: Searchable, M, A> VectorSearch<'_, R, M, A> {
    /// Starts a search for the rows whose vectors are nearest to the query. See [`Store::search`].
    pub fn search(self, query: impl IntoSearchQuery<M>) -> Search<R> {
        Search::by_vector(self.store.rows.reader(), self.vector, query.into_query().into_untyped())
    }

    /// Starts a search for the rows whose vectors are nearest to the vector of the row with this key. See
    /// [`Store::similar_to`].
    pub fn similar_to<K>(self, key: K) -> Search<R>
    where
        R: Keyed,
        A: ReadsByKey<R>,
        K: IntoKey<R::Key>,
    {
        Search::similar(self.store.rows.reader(), self.vector, row_of::<R>(key))
    }
}

impl<R, M, A> fmt::Debug for VectorSearch<'_, R, M, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VectorSearch").field("store", self.store).field("vector", &self.vector).finish()
    }
}
