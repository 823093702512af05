//! Re-embeds a table with another model: writes the new vectors to a standby column, and then swaps the columns.
//!
//! `reembed` (`store/reembed/`) adds a column `NAME__standby` for each vector column that is missing, or that was computed
//! differently: with a different model, probe, sources, template or metric. `change.rs` finds these columns, `run.rs` is the
//! whole run, `fill.rs` one step, and `dual_write.rs` the core that the store uses in the meantime.
//!
//! - **A row lacks a vector** if the standby column is null and its text is not blank. There is no other state, so any
//!   process can resume the work. A step reads such rows, embeds without a lock, takes the write lock, reads the rows again,
//!   leaves out those whose text changed, and merges the others as whole rows.
//! - **Writers.** The store that re-embeds uses a core whose record has the standby columns as additional vectors, so
//!   its writes fill both. Any other writer reads the table's schema under the write lock, and writes null into standby
//!   columns whose text it sets (`Core::unfillable_standby_columns`). Such a vector is missing, never stale.
//! - **Indexes.** A step writes whole rows into new fragments, which the indexes do not cover. lance can patch a column in
//!   place (a merge of some of the columns), but then rewrites the column in every fragment that it touches. With steps of
//!   8,192 rows in a fragment of a million rows, lance would write the whole column 122 times. So the rows are added to the
//!   indexes before the end (`update_indexes.rs`).
//! - **One at a time.** A third lock lets only one program re-embed the table. On storage without locks, each step and the
//!   end check that the column has not changed, since a second swap would bring the old vectors back.
//! - **A pause.** `prepare` pauses a run when no row lacks a vector (`prepare.rs`). With `shadow`, the store's core samples
//!   its searches (`store/core/shadow.rs`), and `store/read/shadow.rs` repeats the sampled searches in both columns.
//! - **The end** is one commit of renames. It is made under the write lock when no row lacks a vector, and only if it
//!   directly follows the version that was checked. After three passes over rows that writers left without vectors, one pass
//!   runs with the lock held. The name of a column decides its role, and metadata moves with the columns. From then on,
//!   stores that were opened earlier return errors: each search checks the version that it reads (`Core::snapshot`), and
//!   each write that can embed texts checks the newest version under its lock (`Core::check_models_of`).

mod change;
mod dual_write;
mod fill;
mod gate;
mod if_needed;
mod pause;
mod prepare;
mod run;
mod shadow;
mod update_indexes;

use std::borrow::Cow;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::BoxFuture;

pub use self::if_needed::ReembedIfNeeded;
use self::pause::Pause;
pub use self::prepare::PreparedReembed;
use self::prepare::check_shadow;
pub use self::run::Reembedded;
use self::run::{Run, Settings};
use super::current::Current;
use super::gate::Gate;
use super::write::ingest::{Meter, Progress, texts_of, with_step_progress};
use super::{Store, traced};
use crate::backend::{Connection, Table, check_table_name};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::{Question, RunReport};
use crate::model::{EmbeddingModel, IntoModels};
use crate::query::Selection;
use crate::record::{EmbeddingRecord, Keyed, RecordDef, is_standby};

/// The default number of rows that are embedded and written in one step.
const BATCH_SIZE: usize = 8192;

/// Re-embeds a table when awaited. Created by [`Store::reembed`] and [`Database::reembed`](crate::Database::reembed).
#[must_use = "nothing is embedded until it is awaited"]
pub struct Reembed<'a, R> {
    target: TableRef<'a, R>,
    models: Result<Vec<Arc<dyn EmbeddingModel>>>,
    settings: Settings,
    gate: Option<Result<Gate<'a>>>,
    progress: Option<Box<dyn FnMut(Progress) + Send + 'a>>,
    record: PhantomData<fn() -> R>,
}

/// The table to re-embed.
enum TableRef<'a, R> {
    Opened(&'a Store<R>),
    Named(&'a Connection, Cow<'static, str>),
}

impl<'a, R> TableRef<'a, R> {
    fn table_name(&self) -> &str {
        match self {
            Self::Opened(store) => store.current().table().name(),
            Self::Named(_, name) => name,
        }
    }

    /// Returns the shared state of the open store, or `None` if the table was given by its name.
    fn current(&self) -> Option<&'a Current> {
        match self {
            Self::Opened(store) => Some(&**store.current()),
            Self::Named(..) => None,
        }
    }
}

impl<R: EmbeddingRecord> Store<R> {
    /// Re-embeds the table with another model, while searches still use the current vectors.
    ///
    /// The new vectors are written to a second column, which has the name of the first one with the suffix `__standby`. Each
    /// step embeds 8,192 rows by default and creates one commit. In the meantime, searches use the first column. Writes
    /// through this store and its clones fill both columns. Writers that do not have the new model set the second column to
    /// null, and the row is embedded before the columns are swapped. When no vector is missing, the two columns are swapped
    /// in one commit, and this store and its clones use the new model.
    ///
    /// The steps rewrite whole rows, which removes the rows from the indexes. The rows are added to the indexes again before
    /// the swap, so that all scalar and full-text indexes cover the table. A damaged index is left out; see
    /// [`health`](Self::health).
    ///
    /// After the swap, other stores that have the table open fail with an error that names the new model, and have to be
    /// opened again. A write that is in progress at the moment of the swap also fails, and can be repeated.
    ///
    /// If the table already uses this model, only rows that have text but no vector are embedded, such as rows that
    /// another program wrote. If several programs on one machine re-embed a table concurrently, one of them embeds
    /// and the others wait.
    ///
    /// After an interruption by an error, a dropped future or a killed process, the same call resumes where it stopped.
    /// Until then, the table works as before.
    ///
    /// The vectors of the old model are kept in the second column, and are null for texts that have changed since.
    /// Re-embedding with the old model restores them and embeds only the missing ones. [`drop_standby`](Self::drop_standby)
    /// drops them.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Note {
    ///     #[datus(key)]
    ///     id: u64,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let notes: Store<Note> = db.store(HashingModel::new(256)).await?;
    /// notes.add([Note { id: 1, text: "water the plants".into() }]).await?;
    ///
    /// let done = notes.reembed(HashingModel::new(512)).await?;
    /// assert_eq!((done.rows, done.embedded), (1, 1));
    /// assert_eq!(notes.search("plants").await?.len(), 1);
    /// notes.drop_standby().await?;
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// The record needs a key, because rows are rewritten by key. On an object store, which has no locks, no other machine
    /// may write to the table during the re-embedding.
    ///
    /// # Errors
    /// When awaited: `Model` when the model fails or breaks its contract, or is not the one that the record names;
    /// `InvalidInput` when the second column has vectors of a third model, unless
    /// [`discard_standby`](Reembed::discard_standby) is called; `SchemaMismatch` when the table and the record differ
    /// elsewhere; `Conflict` when this store is already being re-embedded, or other writers changed the table on every
    /// attempt; `Engine` when the storage fails. The vectors of completed steps are kept in the second column.
    pub fn reembed(&self, models: impl IntoModels<R::Models>) -> Reembed<'_, R>
    where
        R: Keyed,
    {
        Reembed::new(TableRef::Opened(self), models.into_models())
    }

    /// Drops the standby vectors: those of the old model, or those of a re-embedding that was interrupted and will not be
    /// resumed. Returns the number of dropped columns. Older versions of the table still contain these columns.
    ///
    /// # Errors
    /// `Conflict` while this store is being re-embedded; `Engine` when the storage fails.
    pub async fn drop_standby(&self) -> Result<usize> {
        let drop = async {
            let _model_lock = self.current().lock_model()?;
            let core = self.core();
            let _write_lock = core.table.write_lock().await?;
            let schema = core.table.schema().await?;
            let standby = schema.fields().iter().filter(|field| is_standby(field));
            let names: Vec<&str> = standby.map(|field| field.name().as_str()).collect();
            if !names.is_empty() {
                core.table.drop_columns(&names).await?;
            }
            Ok(names.len())
        };
        traced!("drop_standby", self.table_name()).run(drop, |_| 0).await
    }
}

impl<'a, R> Reembed<'a, R> {
    fn new(target: TableRef<'a, R>, models: Result<Vec<Arc<dyn EmbeddingModel>>>) -> Self {
        Self {
            target,
            models,
            settings: Settings { batch_size: BATCH_SIZE, discard: false, shadow: None },
            gate: None,
            progress: None,
            record: PhantomData,
        }
    }

    /// Re-embeds a table that is not open, so the model that computed its vectors is not needed.
    pub(crate) fn named(connection: &'a Connection, models: Result<Vec<Arc<dyn EmbeddingModel>>>) -> Self
    where
        R: Keyed,
    {
        Self::new(TableRef::Named(connection, Cow::Borrowed(R::TABLE)), models)
    }

    /// Sets the name of the table to embed, after [`Database::reembed`](crate::Database::reembed). By default, the name is
    /// the one that the record declares.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a name that a table cannot have, and after [`Store::reembed`] for a name that
    /// is not the store's.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        let name: String = name.into();
        match &mut self.target {
            TableRef::Named(_, table) => *table = name.into(),
            TableRef::Opened(store) if store.current().table().name() != name => {
                let message = format!("the store embeds its own table, not the table `{name}`");
                let error = Error::new(ErrorKind::InvalidInput, message)
                    .with_help("embed a table by its name with `db.reembed::<R>(models).table(\"…\")`");
                self.models = Err(error);
            }
            TableRef::Opened(_) => {}
        }
        self
    }

    /// Sets the number of rows that are embedded and committed in one step. 8,192 by default, and at least 1. The
    /// vectors of an interrupted step are lost, and each step adds a fragment to the table.
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.settings.batch_size = rows.max(1);
        self
    }

    /// Starts by dropping the standby vectors of a third model. By default, such vectors cause an error.
    pub fn discard_standby(mut self) -> Self {
        self.settings.discard = true;
        self
    }

    /// Puts the new vectors into use only if they answer questions well enough.
    ///
    /// Once no vectors are missing, both columns are searched for each question, in the same version of the table and
    /// without an index: the current column with the current model, and the new column with the new model. `key` selects the
    /// column that contains the keys that the questions name. `accept` receives the metrics of the current and of the new
    /// vectors. They are computed from 100 rows for each question, so a `k` above 100 has the same effect as 100.
    ///
    /// If `accept` returns `false`, the operation fails with [`Recall`](ErrorKind::Recall), and the error contains the
    /// metrics that `accept` received. The table keeps its current vectors, as after an interruption. The new ones stay in
    /// the standby column: [`drop_standby`](Store::drop_standby) drops them, and repeating the call with a different
    /// condition re-embeds nothing.
    ///
    /// A record with several vectors is evaluated once for each vector that changes. A vector that the table does not have
    /// yet is put into use without evaluation. A table that already has these models is not evaluated either.
    ///
    /// **Cost:** each question reads all vectors of both columns. Four searches run concurrently.
    ///
    /// ```
    /// use datus_store::evaluate::Question;
    /// use datus_store::{Database, EmbeddingRecord, ErrorKind, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(key)]
    ///     path: String,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let pages: Store<Page> = db.store(HashingModel::new(512)).await?;
    /// # let page = |path: &str, text: &str| Page { path: path.into(), text: text.into() };
    /// pages.add([page("a", "How to bake bread"), page("b", "How to brew tea")]).await?;
    ///
    /// let questions = [Question::new("baking bread", ["a"]), Question::new("brewing tea", ["b"])];
    /// let done = pages
    ///     .reembed(HashingModel::new(1024))
    ///     .only_if(questions, |t| t.path, |old, new| new.recall(1) >= old.recall(1) - 0.01)
    ///     .await?;
    /// assert!(done.version.is_some());
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited, in addition to those of [`Store::reembed`]: `Recall` if `accept` returns `false`; `InvalidInput` if
    /// there are no questions, for a question without a relevant key, and after
    /// [`Database::reembed`](crate::Database::reembed), which does not have the current model.
    pub fn only_if<P>(
        mut self,
        questions: impl IntoIterator<Item = Question>,
        key: impl FnOnce(R::Columns) -> P,
        accept: impl FnMut(&RunReport<'_>, &RunReport<'_>) -> bool + Send + 'a,
    ) -> Self
    where
        R: EmbeddingRecord,
        P: Selection<R>,
        P::Output: ToString,
    {
        self.gate = Some(Gate::new::<R, P>(questions, key(R::columns()), accept));
        self
    }

    /// Calls `callback` after every step, from the task that awaits the operation. Keep the callback short.
    pub fn progress(mut self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        self.progress = Some(Box::new(callback));
        self
    }
}

impl<R> fmt::Debug for Reembed<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reembed").field("batch_size", &self.settings.batch_size).finish_non_exhaustive()
    }
}

impl<'a, R: Keyed> IntoFuture for Reembed<'a, R> {
    type Output = Result<Reembedded>;
    type IntoFuture = BoxFuture<'a, Result<Reembedded>>;

    fn into_future(self) -> Self::IntoFuture {
        self.run(None)
    }
}

impl<'a, R: Keyed> Reembed<'a, R> {
    fn run(self, pause: Option<Pause>) -> BoxFuture<'a, Result<Reembedded>> {
        let Self { target, models, settings, gate, progress, record: _ } = self;
        let traced = traced!("reembed", target.table_name());
        let reembed = async move {
            let models = models?;
            let current = target.current();
            let table = match &target {
                TableRef::Opened(store) => store.current().table().clone(),
                TableRef::Named(connection, name) => existing(connection, name).await?,
            };
            let gate = gate.transpose()?;
            if gate.is_some() && current.is_none() {
                return Err(no_current_model());
            }
            if let Some(fraction) = settings.shadow {
                check_shadow(fraction, current.is_some())?;
            }
            let meter = Meter::new(None, progress);
            let run = Run {
                record: RecordDef { table: table.name().to_owned().into(), ..R::definition() },
                models,
                table,
                current,
                texts: texts_of::<R>,
                settings,
                meter: &meter,
            };
            run.finish(gate, pause).await.map_err(|error| with_step_progress(error, &meter))
        };
        Box::pin(traced.run(reembed, |done| done.rows))
    }
}

fn no_current_model() -> Error {
    let message = "`only_if` compares the new vectors with the current ones, but their model was not given";
    let help = "open the table with its current model, and call `Store::reembed`";
    Error::new(ErrorKind::InvalidInput, message).with_help(help)
}

async fn existing(connection: &Connection, table: &str) -> Result<Table> {
    check_table_name(table)?;
    connection.open_table(table).await?.ok_or_else(|| {
        let message = "the table does not exist, so it cannot be embedded";
        Error::new(ErrorKind::TableNotFound, message).with_help("`Database::store` creates it")
    })
}
