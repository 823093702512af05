//! Repairs faults in rows and indexes that other programs wrote.
//!
//! `plan.rs` defines the steps. `duplicates.rs` deletes rows that share a key, and `vectors.rs` writes missing and stale
//! vectors. Both identify rows by their addresses, since several rows can share a key. Each commit replaces rows of the
//! version that it follows.

mod duplicates;
mod plan;
mod run;
mod vectors;

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use futures::future::BoxFuture;

use self::duplicates::{Keep, Order};
pub use self::plan::{RepairPlan, RepairStep};
pub use self::run::Repaired;
use self::run::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::model::probe;
use crate::query::Ordered;
use crate::record::{Col, EmbeddingRecord};
use crate::store::write::ingest::{Meter, Progress, texts_of, with_step_progress};
use crate::store::{Store, traced};

/// The default number of rows that are embedded and written in one step.
const BATCH_SIZE: usize = 8192;

/// Repairs a table when awaited. Created by [`Store::repair`].
#[must_use = "nothing is repaired until it is awaited"]
pub struct Repair<'a, R> {
    store: &'a Store<R>,
    settings: Settings,
    /// The first mistake in the settings.
    error: Option<Error>,
    progress: Option<Box<dyn FnMut(Progress) + Send + 'a>>,
}

impl<R: EmbeddingRecord> Store<R> {
    /// When awaited, repairs rows and indexes that other programs wrote. By default, it embeds the texts of rows without a
    /// vector.
    ///
    /// The other repairs need a decision or cost more, so the builder has a method for each:
    ///
    /// - [`stale_vectors`](Repair::stale_vectors) embeds all texts, and replaces vectors that do not belong to the text of
    ///   their row.
    /// - [`keep_max`](Repair::keep_max) and [`keep_min`](Repair::keep_min) keep one of the rows that share a key, and delete
    ///   the others.
    /// - [`drop_undeclared_indexes`](Repair::drop_undeclared_indexes) drops indexes that the struct does not declare.
    ///
    /// [`plan`](Repair::plan) returns the steps, and changes nothing. [`health`](Self::health) and
    /// [`verify_vectors`](Self::verify_vectors) find the faults.
    ///
    /// The duplicates are deleted in one commit, and each step of 8,192 rows replaces its rows in one commit. The table can
    /// be used during the repair. If the repair is interrupted, its commits are kept, and repeating the call repairs the
    /// rest. Rewritten rows are added to the indexes by [maintenance](crate::guide::maintenance) or
    /// [`optimize`](Self::optimize).
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(key)]
    ///     path: String,
    ///     visits: u32,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let pages: Store<Page> = db.store(HashingModel::default()).await?;
    /// let repair = || pages.repair().keep_max(|t| t.visits).stale_vectors().drop_undeclared_indexes();
    /// println!("{}", repair().plan().await?); // nothing to repair
    /// let repaired = repair().await?;
    /// assert_eq!((repaired.missing, repaired.stale, repaired.removed), (0, 0, 0));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a column of the key in `keep_max` and `keep_min`, and for a threshold that is not
    /// between -1 and 1; `Unsupported` for a column inside a nested struct, and for a table that has stable row ids or is
    /// hosted by LanceDB's service; `Model` when the model fails or is absent; `TableChanged` when another program changed
    /// the table; `Conflict` when the store is being re-embedded, or other writers changed the table on every attempt;
    /// `Engine` when the storage fails.
    pub fn repair(&self) -> Repair<'_, R> {
        let settings = Settings { keep: None, threshold: None, drop_indexes: false, batch_size: BATCH_SIZE };
        Repair { store: self, settings, error: None, progress: None }
    }
}

impl<'a, R: EmbeddingRecord> Repair<'a, R> {
    /// Keeps the row with the greatest value of a column, such as a time, and deletes the other rows with the same key.
    ///
    /// A row with a null in the column is kept only if the column is null in all rows with the same key. If several rows
    /// have the greatest value, only one of the rows that are equal in every column is kept. Rows that differ are all kept,
    /// and [`Repaired::remaining`] reports them.
    pub fn keep_max<T, S>(self, column: impl FnOnce(R::Columns) -> Col<R, T, S>) -> Self
    where
        T: Ordered<S>,
    {
        self.keep(Keep { column: column(R::columns()).path(), order: Order::Greatest })
    }

    /// Keeps the row with the least value of a column, and deletes the other rows with the same key. See
    /// [`keep_max`](Self::keep_max).
    pub fn keep_min<T, S>(self, column: impl FnOnce(R::Columns) -> Col<R, T, S>) -> Self
    where
        T: Ordered<S>,
    {
        self.keep(Keep { column: column(R::columns()).path(), order: Order::Least })
    }

    fn keep(mut self, keep: Keep) -> Self {
        if self.settings.keep.replace(keep).is_some() {
            let message = "two columns decide which of the rows that share a key stays";
            let help = "call either `keep_max` or `keep_min`, and only once";
            self.error.get_or_insert(Error::new(ErrorKind::InvalidInput, message).with_help(help));
        }
        self
    }

    /// Returns the steps that the repair would take and the faults that would remain, and changes nothing.
    ///
    /// It embeds nothing, so it returns the number of vectors to compare, but not the number of stale vectors.
    ///
    /// # Errors
    /// Fails with the same errors as the repair, except `Model`.
    pub async fn plan(self) -> Result<RepairPlan> {
        let Self { store, settings, error, progress: _ } = self;
        let core = store.core();
        let plan = async {
            error.map_or(Ok(()), Err)?;
            core.plan_repair(&settings).await
        };
        traced!("repair", core.table_name()).run(plan, |_| 0).await
    }
}

impl<'a, R> Repair<'a, R> {
    /// Embeds the texts of all rows, and replaces the vectors whose cosine similarity to the new ones is below 0.999. If the
    /// metric is not cosine, it also replaces those whose length differs by more than 1%.
    ///
    /// It costs as many calls to the model as re-embedding the table. Vectors that were [given](crate::Embedded) with their
    /// row are replaced too. To find out first how many are stale, call [`verify_vectors`](Store::verify_vectors).
    pub fn stale_vectors(mut self) -> Self {
        self.settings.threshold.get_or_insert(probe::THRESHOLD);
        self
    }

    /// Does what [`stale_vectors`](Self::stale_vectors) does, with this threshold for the cosine similarity.
    pub fn stale_vectors_below(mut self, cosine: f32) -> Self {
        self.settings.threshold = Some(cosine);
        self
    }

    /// Drops the indexes that the struct does not declare and that do not serve the key.
    pub fn drop_undeclared_indexes(mut self) -> Self {
        self.settings.drop_indexes = true;
        self
    }

    /// Sets the number of rows that are embedded and committed in one step. 8,192 by default, and at least 1. Each step is
    /// held in memory, including the full rows that it replaces.
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.settings.batch_size = rows.max(1);
        self
    }

    /// Calls `callback` after every step, from the task that awaits the operation. Keep the callback short.
    pub fn progress(mut self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        self.progress = Some(Box::new(callback));
        self
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Repair<'a, R> {
    type Output = Result<Repaired>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { store, settings, error, progress } = self;
        let current = Arc::clone(store.current());
        let traced = traced!("repair", store.table_name());
        let repair = async move {
            error.map_or(Ok(()), Err)?;
            let _model_lock = store.current().lock_model()?;
            let core = store.core();
            let meter = Meter::new(None, progress);
            let repaired = Box::pin(core.repair(&settings, texts_of::<R>, &meter)).await;
            repaired.map_err(|error| with_step_progress(error, &meter))
        };
        Box::pin(current.run_write(traced.run(repair, |done| done.missing + done.stale + done.removed)))
    }
}

impl<R> fmt::Debug for Repair<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repair")
            .field("store", self.store)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
