//! Builds the indexes that a record declares, and measures vector indexes.
//!
//! `create_indexes` (`store/maintain/indexes/`) compares the declarations of the record with the result of `list_indices`,
//! and changes the indexes that differ. The pure functions of `scalar.rs` and `vector.rs` make the decisions; `run.rs` and
//! `build.rs` carry them out under the maintenance lock. Writers use a different lock, so they are not blocked. A vector index
//! is built (`index/sizing.rs` determines its size), then measured:
//!
//! 1. `queries.rs` chooses the queries: the caller's, or a few words from sampled rows, which `draw.rs` selects and the
//!    model embeds. Stored vectors and their midpoints give a recall that is too high (0.964 measured, 0.856 for real
//!    questions), so they are used only if the model does not make the stored vectors from texts. `recall.rs` finds the
//!    nearest rows of the queries by exact search, several queries per scan. The distance of a row, not its id, decides
//!    whether it counts as found. In a column with several vectors per row, `count.rs` estimates the number of vectors from
//!    a few rows, and each query needs its own exact scan.
//! 2. `sweep.rs` is a state machine that does not access the table: it proposes settings and records their results. It
//!    starts with all partitions and raises the refine factor until the recall is halfway between the target and 1. Then it
//!    finds the smallest number of partitions by bisection. With sampled queries, the first sweep's target is itself halfway
//!    between the requested target and 1. Only if no parameters reach it does a second sweep use the requested target.
//!    A sample overestimates the recall of the parameters that it chooses. So if the standard error is above 0.005, a larger,
//!    independent sample measures them again. If it does not confirm that they reach the recall that they were chosen for,
//!    it chooses parameters itself.
//! 3. The settings that reach the target are stored as one key-value pair in the metadata of the vector column. The pair is
//!    written under the write lock, so that the columns are not swapped in the meantime. `store/read/tuning.rs` reads the
//!    pair from the schema, which each search reads anyway, and fills in the settings that the search does not specify. A
//!    search with a filter probes four times as many partitions. Metadata moves with its column, so the index of a standby
//!    column keeps its settings.
//!
//! **A condition.** With `only_if`, a full-text index whose options differ is built without a commit
//! (`backend/index/staged.rs`). `gate.rs` runs questions with known answers as searches over the same rows, with the old
//! index and with the new one. Then one commit replaces the old index, or the new one is discarded.
//!
//! **Completeness.** If no maximum is set, lance 14 searches partitions until a result is full (`late_search` in
//! `lance/src/io/exec/knn.rs`). But if fewer rows pass the filter than requested, lance returns them with an infinite
//! distance, and a graph search can miss rows that pass a filter. So a search always refines at least once, which computes
//! the true distances, and `backend/complete.rs` repeats a short result without the index.
//!
//! **Damage.** lance keeps opened indexes in the cache of its session. So `backend/index/damage.rs` opens the newest version
//! with a separate session, over the same store registry. It compares the lengths of files with the manifest, and lets the
//! engine read small indexes in full, in a separate task, since invalid bytes make the engine panic.
//! `Table::with_damage_cause` does this after an engine error in a read or a write by key, and names the index.
//!
//! **Health.** `health` returns lancedb's own statistics, and advice that a pure function derives from them. It leaves out
//! advice that maintenance carries out itself. `optimize` compacts, updates indexes and removes versions, each step with its
//! own commit. A compaction whose commit conflicts with a writer's is retried under the write lock.
//!
//! lancedb 0.41 does not support an index on several columns (`Multi-column (composite) indices are not yet supported` in
//! its `table/create_index.rs`), so there is no `index(kind(a, b))` on a struct.

mod build;
mod count;
mod draw;
mod entry;
mod gate;
mod only_if;
mod plan;
mod queries;
mod rebuild;
mod recall;
mod report;
mod run;
mod scalar;
mod settings;
mod sweep;
mod vector;

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::BoxFuture;

use self::gate::TextGate;
pub use self::report::{FilteredRecall, IndexAction, IndexEntry, IndexReport, Recall};
use self::settings::{Rebuild, Settings};
pub(in crate::store) use self::vector::recall;
use crate::error::Result;
use crate::query::{ColumnClosure, IntoFilter};
use crate::record::EmbeddingRecord;
use crate::store::access::BuildsIndexes;
use crate::store::gate::Gate;
use crate::store::write::ingest::texts_of;
use crate::store::{Store, TableRows, traced};

/// Builds the indexes of a table when awaited. Created by [`Store::create_indexes`].
#[must_use = "no index is built until it is awaited"]
pub struct CreateIndexes<'a, R> {
    table: &'a TableRows,
    settings: Settings,
    gate: Option<Result<Gate<'a>>>,
    record: PhantomData<fn() -> R>,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Builds the declared indexes that are missing, differ from their declaration, or are damaged.
    ///
    /// Other indexes are kept, so a program can call this each time it starts. To find damage, the call reads the length of
    /// each index file, and reads indexes of up to 16 MiB in full, bypassing the caches. [`rebuild`](CreateIndexes::rebuild)
    /// rebuilds all indexes.
    ///
    /// - `#[datus(index = …)]`, `#[datus(fts(…))]`: an index of this kind, with these options.
    /// - `#[datus(embed(index = …))]`: a vector index, `auto` by default. `auto` does not build an index while exact
    ///   search is fast; see [`sizing`](crate::index::sizing).
    /// - The columns of a scope: a bitmap or a B-tree for each column, unless the column declares one of these kinds.
    ///   LanceDB supports neither kind for decimals or dictionaries.
    /// - The columns of a key: a B-tree for each column, if the table has at least the number of rows that
    ///   [`Connect::key_index_from`](crate::Connect::key_index_from) sets.
    ///
    /// The recall of a vector index is **measured** after it is built: queries are run with the index, and their results are
    /// compared with those of an exact search. By default, 100 five-word queries are sampled from the texts of stored rows
    /// and embedded. [`queries`](CreateIndexes::queries) replaces them. For a lexical model, 100 one-word queries are
    /// measured too, and the lower recall counts. The target is 0.95 of the 10 nearest rows. Since real queries may have a
    /// lower recall than sampled ones, sampled queries have to reach the midpoint between the target and 1, which is 0.975.
    /// If the index cannot reach the midpoint, they have to reach the target. The recall must exceed this value by one
    /// standard error of the measurement. If this error is above 0.005, or if it decides whether the target is reached, the
    /// index is measured again with a new sample of 400 to 1,600 queries of each length. The search parameters are the
    /// number of partitions to search, the number of rows to re-rank by their full vectors, and the number of candidates
    /// that a graph keeps; the first and the last are as small as possible. They are stored with the table, and every search
    /// in every process uses them. Rows with equal distances count as the same result. [`under`](CreateIndexes::under)
    /// measures searches with a filter too.
    ///
    /// The model embeds the queries, and four texts of stored rows. If it does not produce the stored vectors from these
    /// texts, because the caller stored vectors from elsewhere or the rows have no text, then stored vectors are used as
    /// queries. The recall measured in this way is higher than that of real queries. [`Recall::query_kind`] and a warning
    /// through `tracing` report this.
    ///
    /// Indexes are built one after another, each in its own commit, while readers and writers continue. Only one process
    /// builds indexes at a time. Rows that are added later are found without the index, at a cost that grows with their
    /// number. [`optimize`](Store::optimize) adds them to the index.
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
    /// let report = pages.create_indexes().await?;
    /// let done: Vec<_> = report.iter().map(|index| (index.kind.as_str(), index.action)).collect();
    /// assert_eq!(
    ///     done,
    ///     [
    ///         ("bitmap", IndexAction::Built),
    ///         ("fts", IndexAction::Built),
    ///         ("auto", IndexAction::NotNeeded), // the vector column: exact search is fast
    ///     ]
    /// );
    /// assert!(pages.create_indexes().await?.is_unchanged());
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited, with the column and the kind of the index: `Recall`, with the best recall that was measured, when a
    /// vector index misses its target (the index is dropped, so searches stay exact); `InvalidInput` for a kind that does
    /// not fit the column's type, for a target recall that is not above 0 and at most 1, and for a measurement filter that
    /// no row passes; `Model` when a query cannot be embedded; `TableChanged` and `TableNotFound` when the table is no
    /// longer the one that was opened; `Conflict` when other writers changed the table on every attempt; `Engine` when the
    /// engine or the storage fails. Indexes that were built before the error are kept.
    pub fn create_indexes(&self) -> CreateIndexes<'_, R>
    where
        A: BuildsIndexes,
    {
        let settings = Settings::default();
        CreateIndexes { table: &self.rows, settings, gate: None, record: PhantomData }
    }
}

impl<R> CreateIndexes<'_, R> {
    /// Sets the target recall: the fraction of the nearest rows that a vector index has to find. 0.95 by default, and
    /// 1.0 at most.
    pub fn recall(mut self, target: f64) -> Self {
        self.settings.target = target;
        self
    }

    /// Sets the number of nearest rows that the recall is measured over. 10 by default. A search for more rows still
    /// returns all of them, with a recall that was not measured.
    pub fn recall_at(mut self, rows: usize) -> Self {
        self.settings.at = rows.max(1);
        self
    }

    /// Sets the number of queries of each length that are sampled from stored rows for the measurement. More queries make it
    /// more precise and slower: the confidence interval narrows with the square root of their number.
    ///
    /// By default, 100 queries are sampled. If they are too few to tell whether an index reaches the target, or if the
    /// standard error of the recall is above 0.005, the index is measured again with a new sample of 400 to 1,600 queries,
    /// or of 400 if a row has several vectors.
    pub fn samples(mut self, queries: usize) -> Self {
        self.settings.samples = Some(queries.max(1));
        self
    }

    /// Measures with these texts instead of sampled queries. Pass at least a few dozen real questions from users. Each vector
    /// column embeds them with its own model.
    ///
    /// With these queries, each call measures an index again, even if it was measured before.
    pub fn queries<T: Into<String>>(mut self, texts: impl IntoIterator<Item = T>) -> Self {
        self.settings.queries = texts.into_iter().map(Into::into).collect();
        self
    }

    /// Also measures searches with this filter, so that the target holds for them too. Call it once for each filter, such as
    /// one for a tenant or for a common view.
    ///
    /// The nearest rows that pass a filter are farther away than the nearest of all rows, and in more partitions. A search
    /// with any filter probes four times as many partitions as one without, and at least as many as the filters of this
    /// measurement need. [`Recall::filtered`] contains the recall under the filter with the lowest recall. An index that has
    /// already been measured under the same filters is kept.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, QueryKind, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Note {
    ///     tenant: u32,
    ///     #[datus(embed(index = ivf_flat))]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let notes: Store<Note> = db.store(HashingModel::new(64)).await?;
    /// notes.add((0..300).map(|id| Note { tenant: id % 10, text: format!("note {id} about {}", id * 7) })).await?;
    ///
    /// let report = notes.create_indexes().under(|t| t.tenant.eq(7)).await?;
    /// let recall = report.of("vector").next().and_then(|index| index.recall).unwrap();
    /// assert_eq!(recall.query_kind, QueryKind::SampledWords);
    /// assert!(recall.filtered.unwrap().measured >= 0.95);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn under<F: IntoFilter<R>>(mut self, filter: impl ColumnClosure<R, F>) -> Self
    where
        R: EmbeddingRecord,
    {
        self.settings.filters.push(filter(R::columns()).into_filter().into_predicate());
        self
    }

    /// Measures all vector indexes, including those that were already measured. By default, an index is measured again if
    /// the table has twice as many rows as at the last measurement, if that measurement does not meet the settings, or if
    /// [`queries`](Self::queries) is called.
    pub fn remeasure(mut self) -> Self {
        self.settings.remeasure = true;
        self
    }

    /// Rebuilds all declared indexes, including those that match their declaration.
    ///
    /// Each new index replaces the old one in one commit, so searches continue in the meantime. A vector index that misses
    /// its target recall is dropped, as it is without `rebuild`.
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
    /// pages.create_indexes().await?;
    ///
    /// let report = pages.create_indexes().rebuild().await?;
    /// assert!(report.iter().all(|index| index.action == IndexAction::Rebuilt));
    ///
    /// let report = pages.create_indexes().rebuild_column("text").await?;
    /// assert_eq!(report.of("text").next().map(|index| index.action), Some(IndexAction::Rebuilt));
    /// assert_eq!(report.of("language").next().map(|index| index.action), Some(IndexAction::Kept));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn rebuild(mut self) -> Self {
        self.settings.rebuild = Rebuild::All;
        self
    }

    /// Rebuilds the indexes of one column, even if they match their declaration. Call it once for each column. The name of a
    /// vector column is the one in [`IndexHealth::column`](crate::IndexHealth::column), `vector` by default. A column
    /// without a declared index is an error of kind `InvalidInput`.
    pub fn rebuild_column(mut self, column: impl Into<String>) -> Self {
        self.settings.rebuild = self.settings.rebuild.with(column.into());
        self
    }

    /// Sets the minimum number of rows at which a vector column declared `auto` gets an index, regardless of its dimension.
    /// By default, the column gets an index when [`exact_is_enough`](crate::index::sizing::exact_is_enough) is `false`.
    pub fn vectors_from(mut self, rows: usize) -> Self {
        self.settings.vectors_from = Some(rows);
        self
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for CreateIndexes<'a, R> {
    type Output = Result<IndexReport>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { table, settings, gate, record: _ } = self;
        let core = table.core();
        let traced = traced!("create_indexes", core.table_name());
        let create = async move {
            let gate = gate.transpose()?;
            let restriction = Arc::clone(&table.restriction);
            let gate = gate.map(|gate| TextGate { gate, restriction });
            match core.create_indexes(&settings, texts_of::<R>, gate).await {
                Ok(report) => Ok(report),
                Err(error) => Err(core.table.with_drop_cause(error).await),
            }
        };
        Box::pin(traced.run(create, |report| report.rows))
    }
}

impl<R> fmt::Debug for CreateIndexes<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateIndexes").field("settings", &self.settings).finish_non_exhaustive()
    }
}
