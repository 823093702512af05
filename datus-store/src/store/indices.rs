//! The indexes that a record declares: built where they are missing, and vector indexes measured.

mod build;
mod entry;
mod ladder;
mod rebuild;
mod recall;
mod report;
mod run;
mod scalar;
mod vector;

use std::fmt;
use std::future::IntoFuture;

use futures::future::BoxFuture;

use self::rebuild::Rebuild;
pub use self::report::{IndexAction, IndexEntry, IndexReport, Recall};
use self::run::Settings;
pub(super) use self::vector::recall;
use super::{Store, traced};
use crate::error::Result;
use crate::record::EmbeddingRecord;

/// Builds the indexes of a table when it is awaited. Made by [`Store::create_indices`].
#[must_use = "no index is built until it is awaited"]
pub struct CreateIndices<'a, R> {
    store: &'a Store<R>,
    settings: Settings,
}

impl<R: EmbeddingRecord> Store<R> {
    /// Builds the indexes that the struct declares: those that are missing, differ from their declaration, or are damaged.
    /// The others stay as they are, so it can be called at every start.
    ///
    /// To find damage it asks for the length of each file of the indexes, and reads indexes of up to 16 MiB whole, past
    /// the caches. [`rebuild`](CreateIndices::rebuild) builds all of them again.
    ///
    /// - `#[datus(index = …)]`, `#[datus(fts(…))]`: an index of the kind, with the options.
    /// - `#[datus(embed(index = …))]`: a vector index, `auto` unless it says otherwise. `auto` builds none while exact
    ///   search is fast, see [`sizing`](crate::index::sizing).
    /// - A key's columns: a B-tree each, from as many rows as [`Connect::key_index_from`](crate::Connect::key_index_from) says.
    ///
    /// A vector index is **measured** after it is built: 100 of the stored vectors, or the [`queries`](CreateIndices::queries),
    /// are searched in the index and by comparison with every vector. The number of partitions that a search looks
    /// into, how many rows are measured again with their whole vectors, and how many candidates a graph keeps are set
    /// to the least with which 0.95 of the 10 nearest rows are found, by one standard error of the measurement more.
    /// They are kept with the table, and every search of every process uses them. A sampled row itself is not counted,
    /// neither as found nor as to be found; rows of equal distance stand for each other.
    ///
    /// Indexes are built one after another, each in a commit of its own, while readers and writers go on. Of several
    /// processes one builds. Rows that come later are found without being in an index, at a cost that grows with their
    /// number: [`optimize`](Store::optimize) folds them in.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, IndexAction, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(index = bitmap)]
    ///     language: String,
    ///     #[datus(embed, fts)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let pages: Store<Page> = db.store(HashingModel::default()).await?;
    /// pages.add([Page { language: "en".into(), text: "How to bake bread".into() }]).await?;
    ///
    /// let report = pages.create_indices().await?;
    /// let done: Vec<_> = report.iter().map(|index| (index.kind.as_str(), index.action)).collect();
    /// assert_eq!(
    ///     done,
    ///     [
    ///         ("bitmap", IndexAction::Built),
    ///         ("fts", IndexAction::Built),
    ///         ("auto", IndexAction::NotNeeded), // of the vector: one row is compared at once
    ///     ]
    /// );
    /// assert!(pages.create_indices().await?.is_unchanged());
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited, with the column and the kind of the index: `Recall` when a vector index does not find as much as it is
    /// to, with the best figure: that index is dropped, so searches stay exact. `InvalidInput` for a kind that does not fit
    /// the column's type, and for a target that is no part of 1; `Model` when a query can't be embedded;
    /// `TableChanged` and `TableNotFound` when it is no longer the table that was opened; `Conflict` when other writers changed the table
    /// each time it was tried; `Engine` when the engine or the storage fails. Indexes that were built before stay.
    pub fn create_indices(&self) -> CreateIndices<'_, R> {
        CreateIndices { store: self, settings: Settings::default() }
    }
}

impl<R> CreateIndices<'_, R> {
    /// Sets the part of the nearest rows that a vector index is to find: 0.95 by default, 1.0 at most.
    pub fn recall(mut self, part: f64) -> Self {
        self.settings.target = part;
        self
    }

    /// Sets of how many nearest rows the recall is: 10 by default. Searches for more of them go on to be complete, with a
    /// recall that was not measured.
    pub fn recall_at(mut self, rows: usize) -> Self {
        self.settings.at = rows.max(1);
        self
    }

    /// Sets how many stored vectors are sampled to measure with: 100 by default. More narrow the figure and take longer. Every
    /// other one is moved half way to the one before, since questions are less like a row than rows are like each other.
    pub fn samples(mut self, vectors: usize) -> Self {
        self.settings.samples = vectors.max(1);
        self
    }

    /// Measures with these texts instead of stored vectors: those that the table is searched for. Each vector column embeds
    /// them with its own model.
    ///
    /// Stored vectors are nearer to the rows than questions are, and their figure is often the better one.
    pub fn queries<T: Into<String>>(mut self, texts: impl IntoIterator<Item = T>) -> Self {
        self.settings.queries = texts.into_iter().map(Into::into).collect();
        self
    }

    /// Builds all indexes that the struct declares again, also those that are as declared.
    ///
    /// Each index takes the place of the one before in one commit, so searches go on meanwhile. A vector index that
    /// does not reach its recall is dropped, as it is without `rebuild`.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, IndexAction, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(index = bitmap)]
    ///     language: String,
    ///     #[datus(fts)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let pages: Store<Page> = db.store(()).await?;
    /// pages.add([Page { language: "en".into(), text: "How to bake bread".into() }]).await?;
    /// pages.create_indices().await?;
    ///
    /// let report = pages.create_indices().rebuild().await?;
    /// assert!(report.iter().all(|index| index.action == IndexAction::Rebuilt));
    ///
    /// let report = pages.create_indices().rebuild_column("text").await?;
    /// assert_eq!(report.of("text").next().map(|index| index.action), Some(IndexAction::Rebuilt));
    /// assert_eq!(report.of("language").next().map(|index| index.action), Some(IndexAction::Kept));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn rebuild(mut self) -> Self {
        self.settings.rebuild = Rebuild::All;
        self
    }

    /// Builds the indexes of one column again, also where they are as declared. Call it several times for several
    /// columns. A vector column has the name that [`IndexHealth::column`](crate::IndexHealth::column) gives, `vector` by
    /// default. A column without a declared index is an error of kind `InvalidInput`.
    pub fn rebuild_column(mut self, column: impl Into<String>) -> Self {
        self.settings.rebuild = self.settings.rebuild.with(column.into());
        self
    }

    /// Sets from how many rows on a vector column declared `auto` has an index, whatever its dimension. By default where
    /// [`exact_is_enough`](crate::index::sizing::exact_is_enough) says no.
    pub fn vectors_from(mut self, rows: usize) -> Self {
        self.settings.vectors_from = Some(rows);
        self
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for CreateIndices<'a, R> {
    type Output = Result<IndexReport>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { store, settings } = self;
        let core = store.core();
        let create = async move {
            match core.create_indices(&settings).await {
                Ok(report) => Ok(report),
                Err(error) => Err(core.table.explained(error).await),
            }
        };
        Box::pin(traced!("create_indices", R::TABLE).run(create, |report| report.rows))
    }
}

impl<R> fmt::Debug for CreateIndices<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateIndices").field("settings", &self.settings).finish_non_exhaustive()
    }
}
