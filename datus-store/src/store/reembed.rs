//! Another model for a table that has vectors: they are made beside the ones that serve, and then change places.

mod change;
mod fill;
mod fold;
mod if_needed;
mod run;
mod serving;

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::BoxFuture;

pub use self::if_needed::ReembedIfNeeded;
use self::run::{Run, Settings};
use super::ingest::{Meter, Progress, came_to_a_step, texts_of};
use super::{Store, traced};
use crate::backend::{Connection, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, IntoModels};
use crate::record::{EmbeddingRecord, Keyed, is_standby};

/// How many rows are embedded and written in one step, unless the caller says another number.
const STEP: usize = 8192;

/// What [`Store::reembed`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Reembedded {
    /// The rows that got a vector in this run; those of earlier runs that were cut off are not among them.
    pub rows: usize,
    /// The texts embedded.
    pub embedded: usize,
    /// The version from which on the new vectors serve; `None` when the table had them already.
    pub version: Option<u64>,
}

/// Embeds a table anew when it is awaited. Made by [`Store::reembed`] and [`Database::reembed`](crate::Database::reembed).
#[must_use = "nothing is embedded until it is awaited"]
pub struct Reembed<'a, R> {
    place: Place<'a, R>,
    models: Result<Vec<Arc<dyn EmbeddingModel>>>,
    settings: Settings,
    progress: Option<Box<dyn FnMut(Progress) + Send + 'a>>,
    record: PhantomData<fn() -> R>,
}

enum Place<'a, R> {
    Opened(&'a Store<R>),
    Named(&'a Connection),
}

impl<R: EmbeddingRecord> Store<R> {
    /// Makes the vectors of the table anew with another model, while those it has go on to serve.
    ///
    /// The new vectors go into a second column of the table, named as the first with `__standby` behind it: some 8,192
    /// rows a step, each step one commit. Searches use the first column all the while. Writes through this store and
    /// its clones fill both columns; writers that do not know the new model leave null in the second one, and the row is
    /// embedded before the end. When no row is missing, the two columns change places in one commit, and this store
    /// and its clones work with the new model. The steps write rows whole, which takes them out of the indexes; they are
    /// taken in again before the end, so that all scalar and full-text indexes cover the table. A damaged index is left
    /// out, see [`health`](Self::health). Other stores of the table then fail with an error that names it, and are
    /// opened again; a write under way at that very moment fails so too, and can be run again.
    ///
    /// If the table already uses this model, rows that have their text and no vector are embedded: rows that another program
    /// wrote. Of several programs on one machine that re-embed a table at once, one embeds and the others wait.
    ///
    /// Cut off anywhere, by an error, a dropped future or a killed process, the same call goes on where it was. Before
    /// that, the table serves as ever.
    ///
    /// The vectors of the model before are kept in the second column, null where a text changed since. Re-embedding with
    /// that model brings them back and embeds only what is missing. [`drop_standby`](Self::drop_standby) drops them.
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
    /// The record has a key, by which rows are written one by one. On an object store, which has no locks, let no other
    /// machine write to the table meanwhile.
    ///
    /// # Errors
    /// When awaited: `Model` when the model fails or breaks its contract, or is not the one that the record names;
    /// `InvalidInput` when the second column is of a third model already, unless
    /// [`discard_standby`](Reembed::discard_standby); `SchemaMismatch` when table and record differ
    /// elsewhere; `Conflict` when this store is being re-embedded already, or other writers changed the table each time it was
    /// tried; `Engine` when the storage fails. What was embedded until then is kept in the second column.
    pub fn reembed(&self, models: impl IntoModels<R::Models>) -> Reembed<'_, R>
    where
        R: Keyed,
    {
        Reembed::new(Place::Opened(self), models.into_models())
    }

    /// Drops the vectors that stand by: those of the model before, or those of a re-embedding that was cut off and is
    /// given up. Returns how many columns there were. Older versions of the table still have them.
    ///
    /// # Errors
    /// `Conflict` while this store is being re-embedded; `Engine` when the storage fails.
    pub async fn drop_standby(&self) -> Result<usize> {
        let drop = async {
            let _alone = self.current.alone()?;
            let core = self.core();
            let _turn = core.table.turn().await?;
            let schema = core.table.schema().await?;
            let standing_by = schema.fields().iter().filter(|field| is_standby(field));
            let names: Vec<&str> = standing_by.map(|field| field.name().as_str()).collect();
            if !names.is_empty() {
                core.table.drop_columns(&names).await?;
            }
            Ok(names.len())
        };
        traced!("drop_standby", R::TABLE).run(drop, |_| 0).await
    }
}

impl<'a, R> Reembed<'a, R> {
    fn new(place: Place<'a, R>, models: Result<Vec<Arc<dyn EmbeddingModel>>>) -> Self {
        Self {
            place,
            models,
            settings: Settings { step: STEP, discard: false },
            progress: None,
            record: PhantomData,
        }
    }

    /// For a table that is not opened: the model that made its vectors need not be there.
    pub(crate) fn named(connection: &'a Connection, models: Result<Vec<Arc<dyn EmbeddingModel>>>) -> Self {
        Self::new(Place::Named(connection), models)
    }

    /// Sets how many rows are embedded and committed in one step; at least one. 8,192 by default: what is embedded in a
    /// step that is cut off is lost, and each step leaves a fragment of the table.
    pub fn step(mut self, rows: usize) -> Self {
        self.settings.step = rows.max(1);
        self
    }

    /// Drops what stands by with vectors of yet another model first; without it such vectors are an error.
    pub fn discard_standby(mut self) -> Self {
        self.settings.discard = true;
        self
    }

    /// Calls back after every step, from the task that awaits the operation: keep it short.
    pub fn progress(mut self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        self.progress = Some(Box::new(callback));
        self
    }
}

impl<R> fmt::Debug for Reembed<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reembed").field("step", &self.settings.step).finish_non_exhaustive()
    }
}

impl<'a, R: Keyed> IntoFuture for Reembed<'a, R> {
    type Output = Result<Reembedded>;
    type IntoFuture = BoxFuture<'a, Result<Reembedded>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { place, models, settings, progress, record: _ } = self;
        let reembed = async move {
            let (table, current) = match &place {
                Place::Opened(store) => (store.current.table().clone(), Some(&*store.current)),
                Place::Named(connection) => (existing(connection, R::TABLE).await?, None),
            };
            let meter = Meter::new(None, progress);
            let run = Run {
                record: R::definition(),
                models: models?,
                table,
                current,
                texts: texts_of::<R>,
                settings,
                meter: &meter,
            };
            run.finish().await.map_err(|error| came_to_a_step(error, &meter))
        };
        Box::pin(traced!("reembed", R::TABLE).run(reembed, |done| done.rows))
    }
}

async fn existing(connection: &Connection, table: &str) -> Result<Table> {
    connection.open_table(table).await?.ok_or_else(|| {
        let message = "there is no such table, so there is nothing to embed";
        Error::new(ErrorKind::TableNotFound, message).with_help("`Database::store` creates it")
    })
}
